"""Strongly consistent reads of items, and of records with the keys that open them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from db.dynamodb.attempts import OUT_OF_REACH, Attempts
from db.dynamodb.custody import ERASED_AT, SEAL_KEY, Custody, custody_in, custody_key
from db.dynamodb.events import customers_in, events_in, opened_event
from db.dynamodb.layout import (
    CUSTOMER,
    CUSTOMER_ID,
    LATEST,
    PREDICTION,
    RESERVED,
    customer_key,
    history_table,
    named_by,
    reserved_key,
)
from db.dynamodb.records import (
    SEALED,
    Place,
    Unsettled,
    opened,
    place_in,
    record_key,
    target_of,
    unreadable,
)
from db.dynamodb.values import Item
from routing.archive import Event, Filed
from scoring.errors import TableUnavailable
from scoring.record import AnyRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

MOST_IN_BATCH = 100
"""Keys that one BatchGetItem takes."""
REREADS = 4
"""How often items are read again that were written together and do not fit each other."""
_LATEST = ", ".join((CUSTOMER_ID, *LATEST))  # with the key, so that an item found is never empty
_SEAL = f"{CUSTOMER_ID}, {SEAL_KEY}, {ERASED_AT}"


class Reader:
    """Reads of the two tables. Everything raises TableUnavailable."""

    def __init__(self, client: DynamoDBClient, customers: str) -> None:
        self._client, self._customers, self._history = client, customers, history_table(customers)

    def standings(self, customer_ids: Sequence[str], attempts: Attempts) -> tuple[list[Item], dict[str, Item]]:
        """Of at most MOST_IN_BATCH / 2 customers: their customer items, and their keys' items by customer id."""
        wanted = {
            self._customers: _request([customer_key(each) for each in customer_ids], _LATEST),
            self._history: _request([custody_key(each) for each in customer_ids], _SEAL),
        }
        found = self._batch(wanted, attempts)
        return found[self._customers], {named_by(item, CUSTOMER): item for item in found[self._history]}

    def customer(self, customer_id: str, attempts: Attempts) -> tuple[Item | None, Custody | None]:
        """A customer item and what its customer's item in the history says, where they are."""
        wanted = {
            self._customers: _request([customer_key(customer_id)]),
            self._history: _request([custody_key(customer_id)]),
        }
        found = self._batch(wanted, attempts)
        kept = [custody_in(customer_id, item) for item in found[self._history]]
        return next(iter(found[self._customers]), None), next(iter(kept), None)

    def custodies(self, customer_ids: Iterable[str], attempts: Attempts) -> dict[str, Custody]:
        """What the history says of customers; one without an item has an empty one."""
        return self._read([], dict.fromkeys(customer_ids), attempts)[1]

    def record(self, place: Place, attempts: Attempts) -> AnyRecord:
        """One record that is known to be there."""

        def read() -> AnyRecord:
            records, custodies = self._read([place], {place[0]: None}, attempts)
            if place not in records:
                raise Unsettled
            return opened(records[place], custodies[place[0]])

        return settled(read, attempts)

    def opened(self, items: Sequence[Item], attempts: Attempts) -> list[AnyRecord]:
        """The records of items that were read before."""

        def read() -> list[AnyRecord]:
            owners = dict.fromkeys(place_in(item)[0] for item in items if SEALED in item)
            custodies = self.custodies(owners, attempts)
            return [opened(item, custodies.get(place_in(item)[0], Custody())) for item in items]

        return settled(read, attempts)

    def pointers(self, prediction_ids: Sequence[str], attempts: Attempts) -> list[Item]:
        """The items that are there of at most MOST_IN_BATCH predictions."""
        keys = [reserved_key(PREDICTION, each) for each in prediction_ids]
        return self._batch({self._history: _request(keys)}, attempts)[self._history]

    def filed(self, pointers: Sequence[Item], attempts: Attempts) -> list[Filed]:
        """The predictions with their events; of pointers to no record, nothing."""
        targets = [(pointer, place) for pointer in pointers if (place := target_of(pointer)) is not None]

        def read() -> list[Filed]:
            owners = dict.fromkeys(each for pointer, place in targets for each in (place[0], *customers_in(pointer)))
            records, custodies = self._read([place for _, place in targets], owners, attempts)
            if len(records) < len(targets):
                raise Unsettled
            return [
                Filed(opened(records[place], custodies[place[0]]), events_in(pointer, custodies.__getitem__))
                for pointer, place in targets
            ]

        return settled(read, attempts)

    def event(self, pointer: Item, name: str, attempts: Attempts) -> Event:
        """The event that an attribute of a pointer holds."""

        def read() -> Event:
            custodies = self.custodies(customers_in(pointer), attempts)
            return opened_event(pointer, name, custodies.__getitem__)

        return settled(read, attempts)

    def _read(
        self, places: Sequence[Place], customer_ids: Mapping[str, None], attempts: Attempts
    ) -> tuple[dict[Place, Item], dict[str, Custody]]:
        """Records and what is known of customers; of those without an item, an empty Custody."""
        keys = [record_key(each) for each in places] + [custody_key(each) for each in customer_ids]
        records: dict[Place, Item] = {}
        custodies = dict.fromkeys(customer_ids, Custody())
        for i in range(0, len(keys), MOST_IN_BATCH):
            found = self._batch({self._history: _request(keys[i : i + MOST_IN_BATCH])}, attempts)
            for item in found[self._history]:
                customer_id, _ = place = place_in(item)
                if not customer_id.startswith(RESERVED):
                    records[place] = item
                else:
                    customer_id = named_by(item, CUSTOMER)
                    custodies[customer_id] = custody_in(customer_id, item)
        return records, custodies

    def _batch(self, wanted: Mapping[str, Any], attempts: Attempts) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {table: [] for table in wanted}
        while True:
            answer = attempts.call(self._client.batch_get_item, RequestItems=wanted)
            for table, items in answer.get("Responses", {}).items():
                found[table] += items
            wanted = answer.get("UnprocessedKeys", wanted)  # an answer that lacks it told nothing
            if not wanted:
                return found
            if not attempts.again():
                raise TableUnavailable(OUT_OF_REACH)


def settled(read: Callable[[], T], attempts: Attempts) -> T:
    """What `read` answers once the items fit. DynamoDB applies a transaction item by item, in a moment."""
    for _ in range(REREADS):
        try:
            return read()
        except Unsettled as unsettled:
            last = unsettled
        if not attempts.again():
            break
    raise unreadable(last)


def _request(keys: Sequence[Mapping[str, Any]], projection: str | None = None) -> dict[str, Any]:
    request: dict[str, Any] = {"Keys": keys, "ConsistentRead": True}
    return {**request, "ProjectionExpression": projection} if projection else request
