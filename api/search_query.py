"""From the parameters of a search to a history query."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from api import fields
from routing.ports import HistoryQuery
from scoring.errors import FieldError, InvalidRequest
from scoring.identity import moment, stamp

FIELDS = ("customer_id", "limit", "cursor", "since", "until")
DEFAULT_LIMIT, MOST = 20, 200
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing was scored before; what clients send for "always" (the year 1) becomes this."""


def body_of(query_string: str) -> dict[str, Any]:
    """A query string as the body that asks the same. Raises InvalidRequest."""
    try:
        query_string.encode("ascii")
        pairs = parse_qsl(query_string, keep_blank_values=True, errors="strict", max_num_fields=10)
    except ValueError:
        raise InvalidRequest("The query string must be percent-encoded UTF-8 with at most 10 parameters.") from None
    body: dict[str, Any] = dict(pairs)
    if len(body) < len(pairs):
        raise InvalidRequest("The query string has a parameter twice.")
    limit = body.get("limit")
    if isinstance(limit, str) and limit.isascii() and limit.isdigit() and len(limit) < 10:
        body["limit"] = int(limit)
    return body


def read(body: Mapping[str, Any]) -> tuple[HistoryQuery, str | None]:
    """The query that a body asks, and the cursor to resume it from. Raises InvalidRequest."""
    errors = fields.unknown(body, FIELDS)
    customer_id = fields.customer(body, errors)
    limit = body.get("limit", DEFAULT_LIMIT)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST:
        errors.append(FieldError("limit", f"must be a whole number from 1 to {MOST}"))
    since, until = _time(body, "since", errors), _time(body, "until", errors)
    if since and until and since > until:
        errors.append(FieldError("since", "must not be later than until"))
    cursor = body.get("cursor")
    if cursor is not None and not isinstance(cursor, str):
        errors.append(FieldError("cursor", "must be text"))
    fields.refuse(errors)
    return HistoryQuery(customer_id, limit, since=since, until=until), cursor


def _time(body: Mapping[str, Any], name: str, errors: list[FieldError]) -> str | None:
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
