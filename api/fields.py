"""What the readers of requests share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from scoring.errors import FieldError, InvalidRequest
from scoring.identity import customer_id_of, moment, stamp

MOST_TOLD = 20
LONGEST_NAME = 64
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing was scored before; what clients send for "always" (the year 1) becomes this."""


def unknown(body: Mapping[str, Any], known: Sequence[str]) -> list[FieldError]:
    """An error for each field that is not known: it is refused and not ignored, for it is a known one, mistyped."""
    names = [name for name in body if name not in known][:MOST_TOLD]
    return [FieldError(name[:LONGEST_NAME], f"is not a field of this request ({', '.join(known)})") for name in names]


def customer(body: Mapping[str, Any], errors: list[FieldError]) -> str:
    """The customer id; what is wrong with it goes to `errors`, and the text is then empty."""
    try:
        return customer_id_of(body.get("customer_id"))
    except InvalidRequest as error:
        errors.extend(error.errors)
        return ""


def text(body: Mapping[str, Any], name: str, longest: int, errors: list[FieldError]) -> str:
    """A text of people; what is wrong with it goes to `errors`, and the text is then empty."""
    value = body.get(name)
    if not isinstance(value, str):
        problem = "must be text" if name in body else "is missing"
    elif not value.strip() or len(value) > longest:
        problem = f"must have 1 to {longest:,} characters, and not only spaces"
    elif any(ord(c) < 32 or ord(c) == 127 for c in value):
        problem = "must not hold control characters"
    else:
        return value
    errors.append(FieldError(name, problem))
    return ""


def time(body: Mapping[str, Any], name: str, errors: list[FieldError]) -> str | None:
    """A bound as a stamp; None where there is none, or where it went to `errors`."""
    given = body.get(name)
    if given is None:
        return None
    try:
        if isinstance(given, str):
            return stamp(max(moment(given), EARLIEST))
    except (ValueError, OverflowError):
        pass
    wanted = "must be an ISO 8601 time with Z or an offset (in a URL, + is written %2B)"
    errors.append(FieldError(name, wanted))
    return None


def period(body: Mapping[str, Any], errors: list[FieldError]) -> tuple[str | None, str | None]:
    """The bounds `since` and `until` as stamps; what is wrong with them goes to `errors`."""
    since, until = time(body, "since", errors), time(body, "until", errors)
    if since and until and since > until:
        errors.append(FieldError("since", "must not be later than until"))
    return since, until


def refuse(errors: Sequence[FieldError]) -> None:
    """Raise InvalidRequest if anything is wrong."""
    if errors:
        raise InvalidRequest(errors=errors)
