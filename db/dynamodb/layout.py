"""What the two tables hold under which names, and the customer items.

Customers (`<name>`): key customer_id; the five attributes of a latest prediction, beside whatever the bank keeps there.

History (`<name>-history`): keys customer_id and prediction_key = "<scored_at>#<prediction_id>", so that the order of
keys is the order of time (`db.dynamodb.records`). Three kinds of items have partitions of their own there, whose names
begin with a control character, which no customer id holds (`scoring.identity.customer_id_of`):

- one for each customer: the key of the customer's records, erasures and a hold (`db.dynamodb.custody`). It is not in
  the customer item, which other programs may overwrite;
- one for each prediction: where its record is, and its events (`db.dynamodb.records`, `db.dynamodb.events`);
- one for each Idempotency-Key (`db.dynamodb.keys`). Only these have `expires_at`, the time after which DynamoDB deletes
  an item.
"""

from __future__ import annotations

from typing import Any

from db.dynamodb.values import Attribute, Item, attribute, item, plain
from db.items import customer_item, latest_in, time_in
from routing.ports import LatestPrediction
from scoring.record import ScoreRecord

CUSTOMER_ID = "customer_id"
SCORED_AT = "prediction_timestamp"
PREDICTION_KEY = "prediction_key"
EXPIRES_AT = "expires_at"
LATEST = (SCORED_AT, "credit_score", "models_used", "prediction_type", "raw_predictions")
OF_CUSTOMER, OF_PREDICTION = "of_customer", "of_prediction"
"""The keys of the record that an item points to."""
RESERVED = "\t"
"""How the partitions begin that are no customer's."""
CUSTOMER, PREDICTION, IDEMPOTENCY_KEY = "customer", "prediction", "idempotency-key"
LONGEST_PARTITION = 2048
"""Bytes of UTF-8 that DynamoDB allows the value of a partition key."""

_SET_LATEST = "SET " + ", ".join(f"{name} = :{name}" for name in LATEST)
_REMOVE_LATEST = "REMOVE " + ", ".join(LATEST)
_NEWER = f"attribute_not_exists({SCORED_AT}) OR {SCORED_AT} < :{SCORED_AT}"
_AS_SEEN = f"{SCORED_AT} = :seen"
NOT_THERE = f"attribute_not_exists({CUSTOMER_ID})"
THERE = f"attribute_exists({CUSTOMER_ID})"


def history_table(name: str) -> str:
    """The history's name beside a customers table's."""
    return f"{name}-history"


def customer_key(customer_id: str) -> dict[str, Any]:
    """The key of a customer item."""
    return item({CUSTOMER_ID: customer_id})


def partition(kind: str, name: str) -> str:
    """A partition that is no customer's."""
    return f"{RESERVED}{kind}{RESERVED}{name}"


def reserved_key(kind: str, name: str) -> dict[str, Any]:
    """The key of an item that is no customer's."""
    return item({CUSTOMER_ID: partition(kind, name), PREDICTION_KEY: "key"})


def named_by(found: Item, kind: str) -> str:
    """The inverse of `reserved_key` for a whole item."""
    return str(found[CUSTOMER_ID]["S"]).removeprefix(partition(kind, ""))


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


def latest_removal(table: str, customer_id: str) -> dict[str, Any]:
    """Take the latest prediction out of a customer item, touching nothing else, if there is the item."""
    return {
        "Update": {
            "TableName": table,
            "Key": customer_key(customer_id),
            "UpdateExpression": _REMOVE_LATEST,
            "ConditionExpression": THERE,
        }
    }


def latest(found: Item) -> LatestPrediction | None:
    """What a customer item says of the last score; None without a time and a score that can be understood."""
    return latest_in(_plain_latest(found))


def older_time(found: Item, scored_at: str) -> Attribute | None:
    """The time in a customer item, as it stands there, if it is older than the stamp `scored_at` or no time at all."""
    at = time_in(_plain_latest(found))
    return found.get(SCORED_AT) if at is None or at < scored_at else None


def _plain_latest(found: Item) -> dict[str, Any]:
    return {name: plain(found[name]) for name in LATEST if name in found}
