"""GET /api/v1/reports/performance and /api/v1/reports/comparison."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from flask import Blueprint, Response

from api import fields, search_query
from api.auth import Guard
from api.content import json_response
from api.exchange import current
from monitoring.comparison import comparison
from monitoring.observations import Observed, observe
from monitoring.performance import performance
from routing.archive import Archive, Filed
from scoring.errors import FieldError, InvalidRequest, Overloaded

FIELDS = ("since", "until", "maturity_months")
MOST = 100_000
"""Predictions of one report: some ten seconds of one core."""
LONGEST_WINDOW = 120
BREATH_EVERY, BREATH_SECONDS = 200, 0.001
"""A report lets go of the interpreter this often, so that requests of this process do not queue up behind it."""
SWITCH_SECONDS = 0.0005
"""And whoever asks for the interpreter meanwhile gets it within this time, not Python's 5 ms: a request asks often."""


def blueprint(
    archive: Archive,
    guard: Guard,
    maturity_months: int,
    most: int = MOST,
    today: Callable[[], date] = lambda: datetime.now(UTC).date(),
) -> Blueprint:
    """Reports over at most `most` predictions, one at a time in this process. `maturity_months`: the outcome window."""
    page = Blueprint("reports", __name__, url_prefix="/api/v1/reports")
    page.before_request(guard.requires("read"))
    one = threading.Lock()

    def made(make: Callable[[Observed], Any]) -> Response:
        since, until, months = _read(search_query.body_of(current().environ.get("QUERY_STRING", "")), maturity_months)
        with _alone(one):
            report = make(observe(_at_most(archive.scan(since, until), most), today(), months))
        return json_response(report)

    @page.get("/performance")
    def performance_report() -> Response:
        """How predictions came true, by month and model version."""
        return made(performance)

    @page.get("/comparison")
    def comparison_report() -> Response:
        """Champion against challenger and shadow."""
        return made(comparison)

    return page


def _read(body: Mapping[str, Any], maturity_months: int) -> tuple[str | None, str | None, int]:
    """The bounds, as stamps, and the outcome window in months. Raises InvalidRequest."""
    errors = fields.unknown(body, FIELDS)
    since, until = fields.period(body, errors)
    given = body.get("maturity_months", str(maturity_months))
    months = int(given) if given.isascii() and given.isdigit() and len(given) < 4 else 0
    if not 1 <= months <= LONGEST_WINDOW:
        errors.append(FieldError("maturity_months", f"must be a whole number from 1 to {LONGEST_WINDOW}"))
    fields.refuse(errors)
    return since, until, months


def _at_most(filed: Iterable[Filed], most: int) -> Iterator[Filed]:
    pause = threading.Event()
    for i, each in enumerate(filed):
        if i == most:
            raise InvalidRequest(
                f"The period holds more than {most:,} predictions: narrow it with since and until, "
                "or let an operator run `flask --app app reports`."
            )
        if i % BREATH_EVERY == BREATH_EVERY - 1:
            pause.wait(BREATH_SECONDS)
        yield each


@contextmanager
def _alone(lock: threading.Lock) -> Iterator[None]:
    """One report at a time: each keeps a core busy for seconds."""
    if not lock.acquire(blocking=False):
        raise Overloaded("This process is making a report already.")
    usual = sys.getswitchinterval()
    try:
        sys.setswitchinterval(SWITCH_SECONDS)
        yield
    finally:
        sys.setswitchinterval(usual)
        lock.release()
