"""Records and events as rows: sealed with their customer's key, and opened while it is the present one."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping
from typing import Any, cast

import orjson

from db.items import dump
from db.sealing import SealBroken, key_id, seal, unseal
from routing.archive import Event, EventKind
from scoring.record import AnyRecord, ErasedRecord, ScoreRecord

Row = Mapping[Any, Any]
"""A row of the history or of the events, joined with the `seal_key` and `erased_at` of its customer."""

COLUMNS = ("prediction_id", "customer_id", "scored_at")
"""What of an `ErasedRecord` stands in columns of its own."""
QUICK = 1
"""The level of deflate: higher ones take longer and save little."""

_log = logging.getLogger(__name__)


class Damaged(ValueError):
    """A row cannot be read: it was changed, or its key was lost otherwise than by an erasure."""


def left_row(record: ScoreRecord) -> dict[str, Any]:
    """The history row of a record of which only the skeleton is kept."""
    return {**_named(record), "record": left_of(record), "key_id": None, "sealed": None}


def sealed_row(record: ScoreRecord, key: bytes) -> dict[str, Any]:
    """The history row of a record."""
    text = zlib.compress(dump(record.values()).encode(), QUICK)
    sealed = seal(text, key, record.prediction_id)
    return {**_named(record), "record": left_of(record), "key_id": key_id(key), "sealed": sealed}


def left_of(record: ScoreRecord) -> dict[str, Any]:
    """What an erasure leaves of a record, beside the columns."""
    left = ErasedRecord.of(record)
    return {name: getattr(left, name) for name in ErasedRecord.__slots__ if name not in COLUMNS}


def is_plain(record: object) -> bool:
    """Whether the column `record` holds a whole record, as older code wrote it."""
    return isinstance(record, Mapping) and "score" in record


def record_in(row: Row) -> AnyRecord:
    """The record of a row, or what is left of it. Raises Damaged."""
    if is_plain(row["record"]):
        record = ScoreRecord.from_dict(row["record"])
        return ErasedRecord.of(record) if _is_erased(row, record.scored_at) else record
    if row["sealed"] is None or _is_erased(row, row["scored_at"]):
        return _left(row)
    if not _is_present_key(row):
        raise _damaged(row["prediction_id"])
    try:
        text = zlib.decompress(unseal(row["sealed"], row["seal_key"], row["prediction_id"]))
    except (SealBroken, zlib.error):
        raise _damaged(row["prediction_id"]) from None
    return ScoreRecord.from_dict(orjson.loads(text))


def event_row(event: Event, key: bytes | None) -> dict[str, Any]:
    """The row of an event; without a key, its body is not kept."""
    sealed = (
        None if key is None else seal(dump(event.body).encode(), key, _name(event.prediction_id, event.kind, event.key))
    )
    return {
        "customer_id": event.customer_id,
        "prediction_id": event.prediction_id,
        "kind": event.kind,
        "key": event.key,
        "at": event.at,
        "key_id": None if key is None else key_id(key),
        "sealed": sealed,
    }


def event_in(row: Row) -> Event:
    """The event of a row, without its body if that was erased. Raises Damaged."""
    body = None
    if row["sealed"] is not None and not _is_erased(row, row["at"]):
        body = _body(row)
    return Event(row["prediction_id"], row["customer_id"], cast("EventKind", row["kind"]), row["key"], row["at"], body)


def _body(row: Row) -> Mapping[str, Any] | None:
    if not _is_present_key(row):
        if row["erased_at"] is None:
            raise _damaged(row["prediction_id"])
        return None  # erased with the others, though another machine's clock dated it later
    try:
        body: Mapping[str, Any] = orjson.loads(
            unseal(row["sealed"], row["seal_key"], _name(row["prediction_id"], row["kind"], row["key"]))
        )
    except SealBroken:
        raise _damaged(row["prediction_id"]) from None
    return body


def _is_erased(row: Row, moment: str) -> bool:
    return row["erased_at"] is not None and moment <= row["erased_at"]


def _is_present_key(row: Row) -> bool:
    return row["seal_key"] is not None and key_id(row["seal_key"]) == row["key_id"]


def _left(row: Row) -> ErasedRecord:
    return ErasedRecord.from_dict({**row["record"], **{name: row[name] for name in COLUMNS}})


def _named(record: ScoreRecord) -> dict[str, Any]:
    return {"customer_id": record.customer_id, "prediction_id": record.prediction_id, "scored_at": record.scored_at}


def _name(prediction_id: str, kind: str, key: str) -> str:
    return f"{prediction_id} {kind} {key}"


def _damaged(prediction_id: str) -> Damaged:
    _log.error("a stored record cannot be opened", extra={"prediction_id": prediction_id})
    return Damaged("a stored record cannot be opened")
