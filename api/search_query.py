"""From the parameters of a search to a history query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from api import fields
from routing.ports import HistoryQuery
from scoring.errors import FieldError, InvalidRequest

FIELDS = ("customer_id", "limit", "cursor", "since", "until")
DEFAULT_LIMIT, MOST = 20, 200


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
    since, until = fields.period(body, errors)
    cursor = body.get("cursor")
    if cursor is not None and not isinstance(cursor, str):
        errors.append(FieldError("cursor", "must be text"))
    fields.refuse(errors)
    return HistoryQuery(customer_id, limit, since=since, until=until), cursor
