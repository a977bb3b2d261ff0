"""`flask --app app drift check ...`: for cron and systemd timers, with an exit status that tells drift."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
import orjson

from bootstrap.audit_commands import Failed
from bootstrap.moments import Moment
from bootstrap.services import Table
from model_store.artifacts import ArtifactStore
from routing.archive import Archive
from routing.catalog import ModelVersions
from scoring.errors import InvalidRequest, ServiceError
from scoring.identity import stamp

if TYPE_CHECKING:
    from laboratory.tasks.drift import Checked

_AGO = re.compile(r"(\d{1,4})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


class Since(Moment):
    """As `Moment`, or a time ago: 12h, 7d, 4w."""

    name = "time or time ago"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read one; a usage error where it is neither."""
        if ago := _AGO.fullmatch(str(value)):
            return stamp(datetime.now(UTC) - timedelta(hours=int(ago[1]) * _HOURS[ago[2]]))
        return super().convert(value, param, ctx)


@dataclass(frozen=True)
class Opened:
    """What a check reads."""

    archive: Archive
    versions: ModelVersions
    artifacts: ArtifactStore


def drift_commands(
    open_archive: Callable[[], Table],
    open_versions: Callable[[], ModelVersions],
    open_artifacts: Callable[[], ArtifactStore],
    maturity_months: int,
) -> click.Group:
    """Build the `drift` group; `maturity_months`: the outcome window. scipy is loaded when a command runs."""

    @click.group()
    def drift() -> None:
        """Whether applicants, scores and performance are still those that a model was validated on."""

    @drift.command()
    @click.argument("models", nargs=-1, required=True)
    @click.option("--since", type=Since(), help="A day, a time, or 12h, 7d, 4w ago; 30 days ago by default.")
    @click.option("--until", type=Since(), help="Only what was scored before this time.")
    @click.option("--window", type=click.Choice(["day", "week", "month"]), help="Also show how it went over time.")
    @click.option("--most-records", type=click.IntRange(1, 100_000), default=20_000, show_default=True)
    @click.option("--fail-on", type=click.Choice(["drift", "watch"]), default="drift", show_default=True)
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
    def check(
        models: tuple[str, ...],
        since: str | None,
        until: str | None,
        window: str | None,
        most_records: int,
        fail_on: str,
        as_json: bool,
    ) -> None:
        """Hold recent requests of served MODELS against their validation sets.

        Exit status: 0 no drift, 1 drift (with --fail-on watch, a small change too), 2 it could not be judged.
        """
        from laboratory.tasks.drift import check_served, plain_served
        from laboratory.tasks.drift_body import read
        from monitoring.drift.text import drift_text

        options = {"most_records": most_records, "maturity_months": maturity_months}
        asked = {"since": since, "until": until, "window": window, "options": options}
        archive = open_archive()
        found: dict[str, Checked] = {}
        try:
            opened = Opened(archive, open_versions(), open_artifacts())
            for name in dict.fromkeys(models):
                found[name] = check_served(name, read({"model": name, **asked}), opened)
        except ServiceError as error:
            raise Failed(_told(error)) from None
        finally:
            archive.close()
        if as_json:
            click.echo(orjson.dumps({name: plain_served(each) for name, each in found.items()}))
        else:
            texts = ["\n".join(drift_text(name, each.done.report, each.done.windows)) for name, each in found.items()]
            click.echo("\n\n".join(texts))
        sys.exit(_status([each.done.report.verdict for each in found.values()], fail_on))

    return drift


def _status(verdicts: list[Any], fail_on: str) -> int:
    """1 where any model drifted; else 2 where any could not be judged; else 0."""
    if "drift" in verdicts or (fail_on == "watch" and "watch" in verdicts):
        return 1
    return 2 if None in verdicts else 0


def _told(error: ServiceError) -> str:
    if isinstance(error, InvalidRequest) and error.errors:
        return "; ".join(f"{each.field} {each.message}" for each in error.errors)
    return error.detail
