"""What the two tables hold, and the writes that put it there.

Customers (`<name>`): key customer_id; the five attributes of a latest prediction, beside whatever the bank keeps there.

History (`<name>-history`): keys customer_id and prediction_key = "<scored_at>#<prediction_id>", so that the order of
keys is the order of time. `score_record` is the record as JSON, which keeps every float to the last digit, deflated
(3.4 KB become 1.3 for two models with reasons), since DynamoDB bills by the kilobyte, twice in a transaction.

Idempotency keys live in the history table too, each in a partition of its own whose name begins with a control
character: no customer id holds one (`scoring.identity.customer_id_of`). Only they have `expires_at`, the time after
which DynamoDB deletes an item.
"""

from __future__ import annotations

import logging
import zlib
from typing import Any

import orjson

from db.dynamodb.values import Attribute, Item, attribute, item, plain
from db.items import customer_item, dump, latest_in, time_in
from routing.ports import LatestPrediction
from scoring.errors import TableUnavailable
from scoring.record import ScoreRecord

_log = logging.getLogger(__name__)

CUSTOMER_ID = "customer_id"
SCORED_AT = "prediction_timestamp"
PREDICTION_KEY = "prediction_key"
RECORD = "score_record"
EXPIRES_AT = "expires_at"
LATEST = (SCORED_AT, "credit_score", "models_used", "prediction_type", "raw_predictions")
RESERVED = "\t"
"""How the partitions begin that are no customer's."""

_SET_LATEST = "SET " + ", ".join(f"{name} = :{name}" for name in LATEST)
_NEWER = f"attribute_not_exists({SCORED_AT}) OR {SCORED_AT} < :{SCORED_AT}"
_AS_SEEN = f"{SCORED_AT} = :seen"
NOT_THERE = f"attribute_not_exists({CUSTOMER_ID})"


def history_table(name: str) -> str:
    """The history's name beside a customers table's."""
    return f"{name}-history"


def customer_key(customer_id: str) -> dict[str, Any]:
    """The key of a customer item."""
    return item({CUSTOMER_ID: customer_id})


def prediction_key(scored_at: str, prediction_id: str) -> str:
    """The sort key of a record."""
    return f"{scored_at}#{prediction_id}"


def latest_update(table: str, record: ScoreRecord, seen: Attribute | None = None) -> dict[str, Any]:
    """Set a customer's latest prediction, touching nothing else, if the one that is there is older.

    `seen`: a time in the item that is older although it does not sort so, as other programs may write it; then the
    condition is that it still stands there.
    """
    values = {f":{name}": attribute(value) for name, value in customer_item(record).items()}
    return {
        "Update": {
            "TableName": table,
            "Key": customer_key(record.customer_id),
            "UpdateExpression": _SET_LATEST,
            "ConditionExpression": _NEWER if seen is None else _AS_SEEN,
            "ExpressionAttributeValues": values if seen is None else {**values, ":seen": seen},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def record_put(table: str, record: ScoreRecord) -> dict[str, Any]:
    """Add a record to the history, if it is not there."""
    values = {
        CUSTOMER_ID: record.customer_id,
        PREDICTION_KEY: prediction_key(record.scored_at, record.prediction_id),
        RECORD: packed(record),
    }
    return {"Put": {"TableName": table, "Item": item(values), "ConditionExpression": NOT_THERE}}


def packed(record: ScoreRecord) -> bytes:
    """A record as the table keeps it."""
    return zlib.compress(dump(record.values()).encode())


def record_in(found: Item) -> ScoreRecord:
    """The record of an item. Raises TableUnavailable when it is damaged, or newer than this code."""
    try:
        return ScoreRecord.from_dict(orjson.loads(zlib.decompress(found[RECORD]["B"])))
    except (AttributeError, KeyError, TypeError, ValueError, zlib.error) as error:
        _log.error("a stored record cannot be read", extra={"code": type(error).__name__})
        raise TableUnavailable("The history holds a record that cannot be read.") from error


def latest(found: Item) -> LatestPrediction | None:
    """What a customer item says of the last score; None without a time and a score that can be understood."""
    return latest_in(_plain_latest(found))


def older_time(found: Item, scored_at: str) -> Attribute | None:
    """The time in a customer item, as it stands there, if it is older than the stamp `scored_at` or no time at all."""
    at = time_in(_plain_latest(found))
    return found.get(SCORED_AT) if at is None or at < scored_at else None


def _plain_latest(found: Item) -> dict[str, Any]:
    return {name: plain(found[name]) for name in LATEST if name in found}
