"""Events of a prediction: attributes of the item that points to its record, "event <kind> <key>" each.

So one read finds them all with the record's place, and an event may come before its prediction. DynamoDB allows an item
400 KB: more than a thousand events of the usual size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, get_args

from db.dynamodb.custody import KEY_ID, Custody
from db.dynamodb.layout import PREDICTION, named_by, reserved_key
from db.dynamodb.records import Unsettled, unreadable
from db.dynamodb.values import Attribute, Item, attribute
from db.sealing import SealBroken, key_id, opened_body, sealed_body
from routing.archive import Event, EventKind

CUSTOMER, AT, SEALED = "customer", "at", "sealed"
_KINDS = get_args(EventKind)
_UNREADABLE = (KeyError, TypeError, ValueError, SealBroken)


def attribute_of(event: Event) -> str:
    """The attribute that holds an event."""
    return f"event {event.kind} {event.key}"


def event_update(table: str, event: Event, key: bytes | None) -> dict[str, Any]:
    """Add an event to its prediction's item, if it is not there; without a key, without its body."""
    held: dict[str, Any] = {CUSTOMER: event.customer_id, AT: event.at}
    if key is not None:
        held |= {KEY_ID: key_id(key), SEALED: sealed_body(event, key)}
    return {
        "Update": {
            "TableName": table,
            "Key": reserved_key(PREDICTION, event.prediction_id),
            "UpdateExpression": "SET #event = :event",
            "ConditionExpression": "attribute_not_exists(#event)",
            "ExpressionAttributeNames": {"#event": attribute_of(event)},
            "ExpressionAttributeValues": {":event": attribute(held)},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }


def events_in(pointer: Item, custody_of: Callable[[str], Custody]) -> tuple[Event, ...]:
    """All events of a prediction, in the order they were written down. Raises like `opened_event`."""
    names = [name for name in pointer if name.startswith("event ")]
    return tuple(sorted((opened_event(pointer, name, custody_of) for name in names), key=lambda event: event.at))


def opened_event(pointer: Item, name: str, custody_of: Callable[[str], Custody]) -> Event:
    """The event that an attribute holds. Raises Unsettled; TableUnavailable when it cannot be read."""
    try:
        _, kind, key = name.split(" ", 2)
        held: Attribute = pointer[name]["M"]
        if kind not in _KINDS:
            raise ValueError("an event of another kind")
        who, at = held[CUSTOMER]["S"], held[AT]["S"]
        event = Event(named_by(pointer, PREDICTION), who, kind, key, at, None)  # type: ignore[arg-type]
        if SEALED not in held:
            return event
        custody, sealed_with = custody_of(who), held[KEY_ID]["S"]
        if custody.opens(sealed_with):
            return replace(event, body=opened_body(held[SEALED]["B"], custody.key or b"", event))
        if custody.erased(sealed_with, at):
            return event
    except _UNREADABLE as error:
        raise unreadable(error) from error
    raise Unsettled


def customers_in(pointer: Item) -> Iterator[str]:
    """Whose keys a prediction's events need."""
    for name, held in pointer.items():
        if name.startswith("event "):
            yield held["M"][CUSTOMER]["S"]
