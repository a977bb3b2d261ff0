"""`flask --app app audit ...`: replay what was scored, and what the law asks of a customer's data."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

import click
import orjson

from bootstrap.moments import Moment
from bootstrap.services import Table
from monitoring.replays import Tally, replay_all, sample
from monitoring.tables import replay_text
from routing.archive import Filed, UnknownPrediction
from routing.audit import AuditService
from routing.catalog import ModelVersions
from scoring.errors import ServiceError


class Failed(click.ClickException):
    """What stopped a command; a status that a replay gives to nothing else than "it could not be done"."""

    exit_code = 2


def audit_commands(
    open_archive: Callable[[], Table],
    open_versions: Callable[[], ModelVersions],
    provenance: Callable[[], Mapping[str, Any]],
) -> click.Group:
    """Build the `audit` group over ways to open what it needs. `provenance`: the versions of code and libraries now."""

    @click.group()
    def audit() -> None:
        """Replays, erasures and legal holds."""

    @audit.command()
    @click.argument("prediction_ids", nargs=-1)
    @click.option("--since", type=Moment(), help="Replay what was scored at this time or later.")
    @click.option("--until", type=Moment(), help="Replay what was scored before this time.")
    @click.option(
        "--sample", "size", type=click.IntRange(1, 1_000_000), help="Replay so many of them, drawn by chance."
    )
    @click.option("--seed", type=int, help="Draw the same sample again.")
    @click.option("--all", "everything", is_flag=True, help="Replay every prediction.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    def replay(
        prediction_ids: tuple[str, ...],
        since: str | None,
        until: str | None,
        size: int | None,
        seed: int | None,
        everything: bool,
        as_json: bool,
    ) -> None:
        """Score again from the records alone, with exactly the versions they name, and compare to the last digit.

        Exit status: 0 all equal (erased ones are counted), 1 something differs, 2 something cannot be replayed.
        """
        narrowed = bool(since or until or size or everything)
        if bool(prediction_ids) == narrowed:
            raise click.UsageError("Give prediction ids, or --since, --until, --sample or --all.")
        tally = Tally()
        with _opened(open_archive) as archive:
            filed = _found(archive, prediction_ids, tally) if prediction_ids else archive.scan(since, until)
            if size:
                filed = sample(filed, size, Random(seed))  # noqa: S311 # a sample, not a secret
            replay_all(filed, open_versions(), provenance(), tally, _progress)
        if as_json:
            click.echo(orjson.dumps(_plain(tally)))
        else:
            click.echo("\n".join(replay_text(tally)))
        sys.exit(tally.exit_status)

    @audit.command()
    @click.argument("customer_id")
    @click.option("--reason", required=True, help="Why, for the receipt.")
    @click.option("--user", required=True, help="Who decided it, for the receipt.")
    def erase(customer_id: str, reason: str, user: str) -> None:
        """Make all that was scored or noted of CUSTOMER_ID unreadable, for good. A legal hold prevents it."""
        with _opened(open_archive) as archive:
            receipt = AuditService(archive, archive).erase(customer_id, reason, user)
        click.echo(f"Erased up to {receipt.erased_at}. Receipt {receipt.receipt_id} ({receipt.user}: {receipt.reason})")

    @audit.command()
    @click.argument("customer_id")
    @click.option("--reason", required=True, help="Why the data must be kept.")
    @click.option("--user", required=True, help="Who decided it.")
    def hold(customer_id: str, reason: str, user: str) -> None:
        """Set a legal hold: until it is lifted, CUSTOMER_ID cannot be erased."""
        with _opened(open_archive) as archive:
            held = AuditService(archive, archive).hold(customer_id, reason, user)
        click.echo(f"On hold since {held.since} ({held.user}: {held.reason})")

    @audit.command()
    @click.argument("customer_id")
    def lift(customer_id: str) -> None:
        """Lift the legal hold of CUSTOMER_ID."""
        with _opened(open_archive) as archive:
            AuditService(archive, archive).lift(customer_id)
        click.echo("There is no hold any more.")

    return audit


@contextmanager
def _opened(open_archive: Callable[[], Table]) -> Iterator[Table]:
    """The archive, closed again; what an operator can put right is one line and exit status 2."""
    archive = open_archive()
    try:
        yield archive
    except ServiceError as error:
        raise Failed(error.detail) from None
    finally:
        archive.close()


def _found(archive: Table, prediction_ids: Sequence[str], tally: Tally) -> Iterator[Filed]:
    audit = AuditService(archive, archive)
    for prediction_id in dict.fromkeys(prediction_ids):
        try:
            yield audit.find(prediction_id)
        except UnknownPrediction:
            tally.not_found.append(prediction_id)


def _progress(tally: Tally) -> None:
    click.echo(f"{tally.replayed:,} replayed, {tally.different:,} differ", err=True)


def _plain(tally: Tally) -> dict[str, object]:
    return {
        "replayed": tally.replayed,
        "equal": tally.equal,
        "different": tally.different,
        "cannot": tally.cannot,
        "erased": tally.erased,
        "differences": tally.differences,
        "missing": tally.missing,
        "not_found": tally.not_found,
    }
