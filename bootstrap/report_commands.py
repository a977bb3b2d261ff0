"""`flask --app app reports ...`: how predictions came true, and how challengers and shadows compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import click
import orjson

from bootstrap.audit_commands import Failed
from bootstrap.moments import Moment
from bootstrap.services import Table
from monitoring.comparison import comparison
from monitoring.observations import Observed, observe
from monitoring.performance import performance
from monitoring.tables import comparison_text, performance_text
from scoring.errors import ServiceError


def report_commands(open_archive: Callable[[], Table], maturity_months: int) -> click.Group:
    """Build the `reports` group; `maturity_months`: the outcome window, unless an option says another."""

    @click.group()
    def reports() -> None:
        """Realised performance; challengers and shadows."""

    def add(name: str, words: str, make: Callable[[Observed], Any], lines: Callable[[Any], Iterator[str]]) -> None:
        @reports.command(name, help=words)
        @click.option("--since", type=Moment(), help="Only what was scored at this time or later.")
        @click.option("--until", type=Moment(), help="Only what was scored before this time.")
        @click.option("--maturity-months", "months", type=click.IntRange(1, 120), default=maturity_months)
        @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
        def report(since: str | None, until: str | None, months: int, as_json: bool) -> None:
            archive = open_archive()
            try:
                observed = observe(archive.scan(since, until), datetime.now(UTC).date(), months)
            except ServiceError as error:
                raise Failed(error.detail) from None
            finally:
                archive.close()
            made = make(observed)
            click.echo(orjson.dumps(made) if as_json else "\n".join(lines(made)))

    add("performance", "Realised AUC, calibration, cost and overrides.", performance, performance_text)
    add("comparison", "Champion against challenger and shadow.", comparison, comparison_text)
    return reports
