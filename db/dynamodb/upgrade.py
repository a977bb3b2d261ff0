"""What newer code does to a history table that older code filled: records are sealed and get their pointers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.dynamodb.attempts import Attempts
from db.dynamodb.calls import Calls, pages
from db.dynamodb.custody import Custody, Guard
from db.dynamodb.reading import MOST_IN_BATCH, Reader
from db.dynamodb.records import pointer_update, sealing, unsealed
from db.dynamodb.saving import Actions, Refused, transact
from db.dynamodb.scanning import AFTER_ALL_TIMES, BEFORE_ALL_TIMES, UNSEALED
from db.dynamodb.values import Item, item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Upgrade:
    """Goes through the table `history`. It may be cut off and run again, also while the service runs."""

    def __init__(self, client: DynamoDBClient, history: str, calls: Calls, reader: Reader) -> None:
        self._client, self._history, self._calls, self._reader = client, history, calls, reader

    def run(self) -> int:
        """Seal what is unsealed; how many records that were. Raises TableUnavailable."""
        arguments = {
            "TableName": self._history,
            "FilterExpression": UNSEALED,
            "ExpressionAttributeValues": item({":since": BEFORE_ALL_TIMES, ":until": AFTER_ALL_TIMES}),
            "ConsistentRead": True,
        }
        count = 0
        for items in pages(self._client.scan, arguments, self._calls.patient):
            for i in range(0, len(items), MOST_IN_BATCH):
                self._seal(items[i : i + MOST_IN_BATCH])
            count += len(items)
        return count

    def _seal(self, items: list[Item]) -> None:
        owners = [each["customer_id"]["S"] for each in items]
        custodies = self._reader.custodies(owners, self._calls.patient())

        def seal(of: tuple[str, Item], attempts: Attempts) -> None:
            self._seal_one(of[1], custodies[of[0]], attempts)

        self._calls.each(seal, list(zip(owners, items, strict=True)))

    def _seal_one(self, found: Item, custody: Custody, attempts: Attempts) -> None:
        record = unsealed(found)
        guard = Guard(self._history, record.customer_id, record.scored_at, custody.key)
        actions: Actions = {"pointer": pointer_update(self._history, record)}

        def plan() -> None:
            actions["record"] = sealing(self._history, found, None if guard.erased else guard.key)
            actions["seal"] = guard.action()
            if guard.erased:
                del actions["seal"]

        def amend(refused: Refused) -> bool:
            if "record" in refused:  # sealed or erased meanwhile
                return False
            guard.learn(refused["seal"])
            plan()
            return True

        plan()
        transact(self._client, actions, amend, attempts)
