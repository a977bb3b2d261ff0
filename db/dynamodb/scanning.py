"""All predictions, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from db.dynamodb.calls import Calls, pages
from db.dynamodb.layout import CUSTOMER_ID, OF_PREDICTION, PREDICTION, PREDICTION_KEY, partition
from db.dynamodb.reading import MOST_IN_BATCH, Reader
from db.dynamodb.records import RECORD
from db.dynamodb.values import Item, item
from routing.archive import Filed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 250
"""Items that DynamoDB looks at for one page: few enough to answer within a client's time-out."""
TOGETHER = MOST_IN_BATCH // 2
"""Predictions whose records and keys one read brings."""
BEFORE_ALL_TIMES, AFTER_ALL_TIMES = "0", ":"
"""Sort before and after every stamp, and what follows one in a key."""
_POINTERS = f"begins_with({CUSTOMER_ID}, :pointers) AND {OF_PREDICTION} >= :since AND {OF_PREDICTION} < :until"
UNSEALED = f"attribute_exists({RECORD}) AND {PREDICTION_KEY} >= :since AND {PREDICTION_KEY} < :until"


class Scanner:
    """Scans the table `history`. Every request has its own attempts: throttling slows a scan long before it ends it."""

    def __init__(self, client: DynamoDBClient, history: str, calls: Calls, reader: Reader) -> None:
        self._client, self._history, self._calls, self._reader = client, history, calls, reader

    def scan(self, since: str | None, until: str | None) -> Iterator[Filed]:
        """See Archive. Looks at the whole table, whatever the bounds."""
        bounds = {":since": since or BEFORE_ALL_TIMES, ":until": until or AFTER_ALL_TIMES}
        arguments = {
            "TableName": self._history,
            "FilterExpression": f"({_POINTERS}) OR ({UNSEALED})",
            "ExpressionAttributeValues": item({":pointers": partition(PREDICTION, ""), **bounds}),
            "ConsistentRead": True,
            "Limit": PAGE,
        }
        for items in pages(self._client.scan, arguments, self._calls.patient):
            yield from self._filed(items)

    def _filed(self, items: list[Item]) -> Iterator[Filed]:
        unsealed = [each for each in items if RECORD in each]
        for record in self._reader.opened(unsealed, self._calls.patient()):
            yield Filed(record)
        pointers = [each for each in items if RECORD not in each]
        for i in range(0, len(pointers), TOGETHER):
            yield from self._reader.filed(pointers[i : i + TOGETHER], self._calls.patient())
