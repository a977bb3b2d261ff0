"""Paging cursors: opaque, signed, and good only for the query that they came from."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace

from routing.ports import HistoryQuery
from scoring.errors import FieldError, InvalidRequest
from scoring.record import AnyRecord

SIGNATURE_BYTES = 16
LONGEST = 512


class Cursors:
    """Makes and reads cursors. `secret` is the same in every process that answers for one service."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def after(self, record: AnyRecord, query: HistoryQuery) -> str:
        """The cursor of the page of `query` that follows after `record`."""
        position = f"{record.scored_at}\0{record.prediction_id}".encode()
        return urlsafe_b64encode(self._signature(position, query) + position).decode()

    def resume(self, cursor: str, query: HistoryQuery) -> HistoryQuery:
        """The query from the cursor's position on. Raises InvalidRequest unless the cursor was made for this query."""
        whole = _decoded(cursor)
        signature, position = whole[:SIGNATURE_BYTES], whole[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(position, query)):
            problem = FieldError("cursor", "is not a cursor that this query was answered with")
            raise InvalidRequest(errors=[problem])
        scored_at, prediction_id = position.decode().split("\0")
        return replace(query, before=(scored_at, prediction_id))

    def _signature(self, position: bytes, query: HistoryQuery) -> bytes:
        # No part holds a NUL: customer ids are refused with one, the others are made here.
        parts = ("cursor", query.customer_id, query.since or "", query.until or "")
        message = "\0".join(parts).encode() + b"\0" + position
        return hmac.digest(self._secret, message, "sha256")[:SIGNATURE_BYTES]


def _decoded(cursor: str) -> bytes:
    """The bytes of a cursor exactly as it was made; none of any other text (base64 can be written in several ways)."""
    try:
        whole = urlsafe_b64decode(cursor[:LONGEST].encode("ascii"))
    except ValueError:
        return b""
    return whole if urlsafe_b64encode(whole).decode() == cursor else b""
