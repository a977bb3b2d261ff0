"""Who was scored, when, and under which number."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from scoring.errors import FieldError, InvalidRequest

PREDICTION_ID = re.compile(r"pred_([0-9a-f]{12})[0-9a-f]{20}")
"""As `prediction_id` makes them; the group is the milliseconds since 1970."""
TICK = timedelta(microseconds=1)
CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
LONGEST_CUSTOMER_ID = 256
"""Characters; at most 1,024 bytes of UTF-8, half of what a DynamoDB partition key may have."""


def customer_id_of(value: object, at: str = "customer_id") -> str:
    """A usable customer id, exactly as given: case, spaces and look-alike letters are the bank's business.

    InvalidRequest when it is not text, empty, too long, or holds control characters or lone surrogates.
    """
    problem = None
    if value is None:
        problem = "is missing"
    elif not isinstance(value, str):
        problem = "must be text"
    elif not 0 < len(value) <= LONGEST_CUSTOMER_ID:
        problem = f"must have 1 to {LONGEST_CUSTOMER_ID} characters"
    elif CONTROL.search(value):
        problem = "must not hold control characters"
    if problem:
        raise InvalidRequest(errors=[FieldError(at, problem)])
    return str(value)


def stamp(moment: datetime) -> str:
    """UTC, ISO 8601, always six decimals and Z: text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def moment(stamped: str) -> datetime:
    """The inverse of `stamp`; also reads any ISO 8601 time with an offset. ValueError otherwise."""
    parsed = datetime.fromisoformat(stamped)
    if parsed.tzinfo is None:
        raise ValueError("a time without an offset")
    return parsed.astimezone(UTC)


def prediction_id(at: datetime) -> str:
    """A new prediction id: 48 bits of milliseconds and 80 random bits in hexadecimal, so that ids sort by time."""
    return f"pred_{int(at.timestamp() * 1000):012x}{secrets.token_hex(10)}"


LARGEST_STEP_BACK = timedelta(hours=1)
"""A last prediction further ahead than this is a wrong date in the table, not a clock that stepped back."""


class Clock:
    """Server time that never repeats nor steps back within a process, whatever the machine's clock does."""

    def __init__(self, read: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._last = datetime.fromtimestamp(0, UTC)

    def now(self, after: str | None = None, beyond: str | None = None) -> datetime:
        """The present moment; at least a microsecond after the last one given and after `after` (a `stamp`).

        `after` is the customer's last prediction: it keeps a history in order when another machine's clock is ahead.
        `beyond` (a stamp that this service made) is passed however far ahead it is: of a customer who was erased, what
        is dated up to the erasure is not kept, and a clock that stepped back must not cost a record.
        """
        with self._lock:
            self._last = now = max(self._read(), self._last + TICK)
        if (least := _moment_or_none(beyond)) is not None:
            now = max(now, least + TICK)
        previous = _moment_or_none(after)
        if previous is None or not now <= previous < now + LARGEST_STEP_BACK:
            return now
        return previous + TICK


def _moment_or_none(stamped: str | None) -> datetime | None:
    try:
        return None if stamped is None else moment(stamped)
    except ValueError:
        return None
