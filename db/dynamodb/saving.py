"""Transactions that store what was sealed, without the parts whose condition no longer holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from db.dynamodb import layout
from db.dynamodb.attempts import OUT_OF_REACH, Attempts, ConditionFailed
from db.dynamodb.custody import Custody, Guard
from db.dynamodb.events import attribute_of, event_update
from db.dynamodb.keys import Keys
from db.dynamodb.reading import Reader
from db.dynamodb.records import pointer_update, record_put
from db.dynamodb.values import Item
from routing.archive import Event
from routing.ports import Write
from scoring.errors import TableUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Actions = dict[str, dict[str, Any]]
Refused = Mapping[str, Item]
"""The items as they stand whose condition failed, by the name of the action."""


def transact(client: DynamoDBClient, actions: Actions, amend: Callable[[Refused], bool], attempts: Attempts) -> None:
    """Write all actions at once. After a refusal `amend` changes them, or answers False: nothing is left to write."""
    while True:
        try:
            attempts.call(client.transact_write_items, TransactItems=list(actions.values()))
        except ConditionFailed as refusal:
            refused = {name: item for name, item in zip(actions, refusal.items, strict=True) if item is not None}
        else:
            return
        if not amend(refused):
            return
        if not attempts.again():
            raise TableUnavailable(OUT_OF_REACH)


class Saver:
    """Stores records and events in the tables of `customers`."""

    def __init__(self, client: DynamoDBClient, customers: str, reader: Reader, keys: Keys) -> None:
        self._client, self._customers, self._history = client, customers, layout.history_table(customers)
        self._reader, self._keys = reader, keys

    def save(self, write: Write, attempts: Attempts) -> None:
        """One transaction. An attempt that succeeded is noticed by its record."""
        record = write.record
        guard = Guard(self._history, record.customer_id, record.scored_at, write.seal)
        actions = {
            "record": record_put(self._history, record, guard.key),
            "pointer": pointer_update(self._history, record),
            "seal": guard.action(),
            "customer": layout.latest_update(self._customers, record),
        }
        if write.claim:
            actions["claim"] = self._keys.completion(write.claim, record)

        def amend(refused: Refused) -> bool:
            if "record" in refused:  # stored before, and in that transaction everything that belongs to it
                return False
            for name in refused.keys() & {"claim", "customer"}:
                del actions[name]
            if (seen := layout.older_time(refused.get("customer", {}), record.scored_at)) is not None:
                actions["customer"] = layout.latest_update(self._customers, record, seen)
            if "seal" in refused:
                guard.learn(refused["seal"])
                actions["record"] = record_put(self._history, record, None if guard.erased else guard.key)
                actions["seal"] = guard.action()
            if guard.erased:
                for name in ("seal", "customer"):
                    actions.pop(name, None)
            return True

        transact(self._client, actions, amend, attempts)

    def add(self, event: Event, custody: Custody, attempts: Attempts) -> Event:
        """Note an event; the one that is held under its key afterwards. `custody`: as it was read before."""
        guard = Guard(self._history, event.customer_id, event.at, custody.key)
        guard.erased = event.at <= custody.erased_at
        actions = Actions()
        held: Item | None = None

        def plan() -> None:
            actions["event"] = event_update(self._history, event, None if guard.erased else guard.key)
            actions["seal"] = guard.action()
            if guard.erased:
                del actions["seal"]

        def amend(refused: Refused) -> bool:
            nonlocal held
            if "event" in refused:
                held = refused["event"]
                return False
            guard.learn(refused["seal"])
            plan()
            return True

        plan()
        transact(self._client, actions, amend, attempts)
        if held is None:
            return replace(event, body=None) if guard.erased else event
        return self._reader.event(held, attribute_of(event), attempts)
