"""Records and events as rows: sealed with their customer's key, and opened while it is the present one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from db.items import APART, skeleton
from db.sealing import SealBroken, key_id, opened_body, opened_record, sealed_body, sealed_record
from routing.archive import Event, EventKind
from scoring.record import AnyRecord, ErasedRecord, ScoreRecord

Row = Mapping[Any, Any]
"""A row of the history or of the events, joined with the `seal_key` and `erased_at` of its customer."""

QUICK = 1
"""The level of deflate: higher ones take longer and save little."""

_log = logging.getLogger(__name__)


class Damaged(ValueError):
    """A row cannot be read: it was changed, or its key was lost otherwise than by an erasure."""


def skeleton_row(record: ScoreRecord) -> dict[str, Any]:
    """The history row of a record of which only the skeleton is kept."""
    return {**_apart(record), "record": skeleton(record), "key_id": None, "sealed": None}


def sealed_row(record: ScoreRecord, key: bytes) -> dict[str, Any]:
    """The history row of a record."""
    sealed = sealed_record(record, key, QUICK)
    return {**_apart(record), "record": skeleton(record), "key_id": key_id(key), "sealed": sealed}


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
        return opened_record(row["sealed"], row["seal_key"], row["prediction_id"])
    except SealBroken:
        raise _damaged(row["prediction_id"]) from None


def event_row(event: Event, key: bytes | None) -> dict[str, Any]:
    """The row of an event; without a key, its body is not kept."""
    return {
        "customer_id": event.customer_id,
        "prediction_id": event.prediction_id,
        "kind": event.kind,
        "key": event.key,
        "at": event.at,
        "key_id": None if key is None else key_id(key),
        "sealed": None if key is None else sealed_body(event, key),
    }


def event_in(row: Row) -> Event:
    """The event of a row, without its body if that was erased. Raises Damaged."""
    kind = cast("EventKind", row["kind"])
    event = Event(row["prediction_id"], row["customer_id"], kind, row["key"], row["at"], None)
    if row["sealed"] is None or _is_erased(row, row["at"]):
        return event
    if not _is_present_key(row):
        if row["erased_at"] is None:
            raise _damaged(row["prediction_id"])
        return event  # erased with the others, though another machine's clock dated it later
    try:
        return replace(event, body=opened_body(row["sealed"], row["seal_key"], event))
    except SealBroken:
        raise _damaged(row["prediction_id"]) from None


def _is_erased(row: Row, moment: str) -> bool:
    return row["erased_at"] is not None and moment <= row["erased_at"]


def _is_present_key(row: Row) -> bool:
    return row["seal_key"] is not None and key_id(row["seal_key"]) == row["key_id"]


def _left(row: Row) -> ErasedRecord:
    return ErasedRecord.from_dict({**row["record"], **{name: row[name] for name in APART}})


def _apart(record: ScoreRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in APART}


def _damaged(prediction_id: str) -> Damaged:
    _log.error("a stored record cannot be opened", extra={"prediction_id": prediction_id})
    return Damaged("a stored record cannot be opened")
