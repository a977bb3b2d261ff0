"""The items of a prediction: its record among its customer's, and the pointer by which its id finds it.

A record is JSON, which keeps every float to the last digit, deflated (3.4 KB become 1.3 for two models with reasons,
and DynamoDB bills by the kilobyte, twice in a transaction) and sealed with its customer's key. Beside it stands in
plain JSON what an erasure leaves. A pointer says which record it is; the prediction's events are with it.

Older code wrote records unsealed, without pointers: they are read, listed and erased like the others, and found by
their ids once `db.dynamodb.upgrade` came by.
"""

from __future__ import annotations

import logging
import zlib
from typing import Any

import orjson

from db.dynamodb.custody import KEY_ID, Custody
from db.dynamodb.layout import (
    CUSTOMER_ID,
    NOT_THERE,
    OF_CUSTOMER,
    OF_PREDICTION,
    PREDICTION,
    PREDICTION_KEY,
    reserved_key,
)
from db.dynamodb.values import Item, item
from db.items import dump, skeleton
from db.sealing import SealBroken, key_id, opened_record, sealed_record
from scoring.errors import TableUnavailable
from scoring.record import AnyRecord, ErasedRecord, ScoreRecord

_log = logging.getLogger(__name__)

RECORD, SEALED, SKELETON = "score_record", "sealed_record", "skeleton"
CANNOT_BE_READ = "The history holds a record that cannot be read."
_POINT = f"SET {OF_CUSTOMER} = :customer, {OF_PREDICTION} = :prediction"
_UNREADABLE = (AttributeError, KeyError, TypeError, ValueError, SealBroken, zlib.error)

Place = tuple[str, str]
"""Where a record is: the two keys of its item."""


class Unsettled(Exception):
    """Items that were written together do not fit each other: a transaction is being applied, or something is lost."""


def prediction_key(scored_at: str, prediction_id: str) -> str:
    """The sort key of a record."""
    return f"{scored_at}#{prediction_id}"


def place_of(record: AnyRecord) -> Place:
    """Where a record belongs."""
    return record.customer_id, prediction_key(record.scored_at, record.prediction_id)


def place_in(found: Item) -> Place:
    """Where an item of a record is."""
    return found[CUSTOMER_ID]["S"], found[PREDICTION_KEY]["S"]


def prediction_in(found: Item) -> str:
    """The prediction id of an item of a record, of which the sort key is enough."""
    return str(found[PREDICTION_KEY]["S"]).partition("#")[2]


def target_of(found: Item) -> Place | None:
    """Where the record is that an item points to; None for one that points to none (yet)."""
    return (found[OF_CUSTOMER]["S"], found[OF_PREDICTION]["S"]) if OF_PREDICTION in found else None


def record_key(place: Place) -> dict[str, Any]:
    """The key of a record."""
    return item(dict(zip((CUSTOMER_ID, PREDICTION_KEY), place, strict=True)))


def record_put(table: str, record: ScoreRecord, key: bytes | None) -> dict[str, Any]:
    """Add a record to the history, if it is not there: sealed, or without a key only what an erasure leaves of it."""
    customer_id, position = place_of(record)
    values: dict[str, Any] = {CUSTOMER_ID: customer_id, PREDICTION_KEY: position, SKELETON: dump(skeleton(record))}
    if key is not None:
        values |= {SEALED: sealed_record(record, key), KEY_ID: key_id(key)}
    return {"Put": {"TableName": table, "Item": item(values), "ConditionExpression": NOT_THERE}}


def pointer_update(table: str, record: ScoreRecord) -> dict[str, Any]:
    """Let the prediction's id find its record; events may be there already."""
    customer_id, position = place_of(record)
    return {
        "Update": {
            "TableName": table,
            "Key": reserved_key(PREDICTION, record.prediction_id),
            "UpdateExpression": _POINT,
            "ExpressionAttributeValues": item({":customer": customer_id, ":prediction": position}),
        }
    }


def sealing(table: str, found: Item, key: bytes | None) -> dict[str, Any]:
    """Seal a record that older code left unsealed, or without a key leave of it only what an erasure leaves."""
    record = unsealed(found)
    change, values = f"SET {SKELETON} = :skeleton", dict[str, Any]({":skeleton": dump(skeleton(record))})
    if key is not None:
        change += f", {SEALED} = :sealed, {KEY_ID} = :id"
        values |= {":sealed": sealed_record(record, key), ":id": key_id(key)}
    return {
        "Update": {
            "TableName": table,
            "Key": record_key(place_in(found)),
            "UpdateExpression": f"{change} REMOVE {RECORD}",
            "ConditionExpression": f"attribute_exists({RECORD})",
            "ExpressionAttributeValues": item(values),
        }
    }


def unsealed(found: Item) -> ScoreRecord:
    """The record of an item that older code left. Raises TableUnavailable when it cannot be read."""
    try:
        return ScoreRecord.from_dict(orjson.loads(zlib.decompress(found[RECORD]["B"])))
    except _UNREADABLE as error:
        raise unreadable(error) from error


def opened(found: Item, custody: Custody) -> AnyRecord:
    """The record of an item, or what is left of it. Raises Unsettled; TableUnavailable when it cannot be read."""
    if RECORD in found:
        return unsealed(found)
    try:
        scored_at, _, prediction_id = found[PREDICTION_KEY]["S"].partition("#")
        if SEALED in found:
            name = found[KEY_ID]["S"]
            if custody.opens(name):
                return opened_record(found[SEALED]["B"], custody.key or b"", prediction_id)
            if not custody.erased(name, scored_at):
                raise Unsettled
        named = {"customer_id": found[CUSTOMER_ID]["S"], "prediction_id": prediction_id, "scored_at": scored_at}
        return ErasedRecord.from_dict({**orjson.loads(found[SKELETON]["S"]), **named})
    except _UNREADABLE as error:
        raise unreadable(error) from error


def unreadable(error: Exception) -> TableUnavailable:
    """What a caller is told; the log learns the kind of damage."""
    _log.error("a stored record cannot be read", extra={"code": type(error).__name__})
    return TableUnavailable(CANNOT_BE_READ)
