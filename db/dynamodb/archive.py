"""Archive in DynamoDB: predictions by id, their events, all of them in turn, holds and erasures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from db.dynamodb.attempts import Attempts
from db.dynamodb.calls import Calls
from db.dynamodb.custody import hold_update
from db.dynamodb.erasing import Eraser
from db.dynamodb.layout import CUSTOMER_ID, LONGEST_PARTITION, PREDICTION, PREDICTION_KEY, history_table, partition
from db.dynamodb.reading import Reader
from db.dynamodb.records import prediction_in
from db.dynamodb.saving import Saver
from db.dynamodb.scanning import TOGETHER, Scanner
from db.dynamodb.values import item
from routing.archive import Dossier, Event, Filed, Hold, Receipt, UnknownCustomer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoArchive:
    """Predictions by id, events, holds and erasures; `db.dynamodb.table.DynamoTable` is the whole."""

    def __init__(self, client: DynamoDBClient, customers: str, calls: Calls, reader: Reader, saver: Saver) -> None:
        self._client, self._customers, self._history = client, customers, history_table(customers)
        self._calls, self._reader, self._saver = calls, reader, saver
        self._eraser = Eraser(client, customers, calls, reader)
        self._scanner = Scanner(client, self._history, calls, reader)

    def find(self, prediction_id: str) -> Filed | None:
        """See Archive."""
        return self.find_many([prediction_id]).get(prediction_id)

    def find_many(self, prediction_ids: Sequence[str]) -> Mapping[str, Filed]:
        """Two requests for up to TOGETHER: the pointers with the events, then the records with the keys."""
        usable = list(filter(_usable, dict.fromkeys(prediction_ids)))
        parts = [usable[i : i + TOGETHER] for i in range(0, len(usable), TOGETHER)]

        def read(ids: Sequence[str], attempts: Attempts) -> list[Filed]:
            return self._reader.filed(self._reader.pointers(ids, attempts), attempts)

        return {each.record.prediction_id: each for part in self._calls.each(read, parts) for each in part}

    def last(self, wanted: Sequence[tuple[str, str]]) -> Sequence[str | None]:
        """A request for each, several at a time."""

        def read(of: tuple[str, str], attempts: Attempts) -> str | None:
            customer_id, until = of
            arguments = {
                "TableName": self._history,
                "KeyConditionExpression": f"{CUSTOMER_ID} = :customer AND {PREDICTION_KEY} < :until",
                "ExpressionAttributeValues": item({":customer": customer_id, ":until": until}),
                "ProjectionExpression": PREDICTION_KEY,
                "ScanIndexForward": False,
                "ConsistentRead": True,
                "Limit": 1,
            }
            found = attempts.call(self._client.query, **arguments)["Items"]
            return prediction_in(found[0]) if found else None

        return self._calls.each(read, wanted)

    def add(self, events: Sequence[Event]) -> Sequence[Event]:
        """A transaction for each event; those of one prediction in turn."""
        if not events:
            return []
        custodies = self._reader.custodies([event.customer_id for event in events], self._calls.patient())

        def add(event: Event, attempts: Attempts) -> Event:
            return self._saver.add(event, custodies[event.customer_id], attempts)

        return self._calls.in_turn(add, events, lambda event: event.prediction_id)

    def scan(self, since: str | None = None, until: str | None = None) -> Iterator[Filed]:
        """See Scanner."""
        return self._scanner.scan(since, until)

    def dossier(self, customer_id: str) -> Dossier | None:
        """See Archive."""
        try:
            _, custody = self._eraser.known(customer_id, self._calls.attempts())
        except UnknownCustomer:
            return None
        return Dossier(custody.hold, custody.receipts)

    def hold(self, customer_id: str, hold: Hold | None) -> None:
        """See Archive."""
        attempts = self._calls.attempts()
        self._eraser.known(customer_id, attempts)
        attempts.call(self._client.update_item, **hold_update(self._history, customer_id, hold))

    def erase(self, receipt: Receipt) -> Receipt:
        """See Archive."""
        return self._eraser.erase(receipt)


def _usable(prediction_id: str) -> bool:
    """Whether DynamoDB would take it for a key: no prediction has another one."""
    try:
        return len(partition(PREDICTION, prediction_id).encode()) <= LONGEST_PARTITION
    except UnicodeEncodeError:
        return False
