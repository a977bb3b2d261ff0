"""Erasures: a customer's key thrown away, and the receipts that say so."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from db.dynamodb.attempts import OUT_OF_REACH, Attempts, ConditionFailed
from db.dynamodb.calls import Calls, pages
from db.dynamodb.custody import Custody, erasure, unheld
from db.dynamodb.layout import CUSTOMER_ID, LATEST, history_table, latest_removal
from db.dynamodb.reading import Reader
from db.dynamodb.records import RECORD, sealing
from db.dynamodb.values import Item, attribute
from routing.archive import OnHold, Receipt, UnknownCustomer
from scoring.errors import TableUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Eraser:
    """Erases customers in the tables of `customers`."""

    def __init__(self, client: DynamoDBClient, customers: str, calls: Calls, reader: Reader) -> None:
        self._client, self._customers, self._history = client, customers, history_table(customers)
        self._calls, self._reader = calls, reader

    def known(self, customer_id: str, attempts: Attempts) -> tuple[Item, Custody]:
        """A customer item (empty if there is none) and what the history says. Raises UnknownCustomer."""
        customer, custody = self._reader.customer(customer_id, attempts)
        if customer is None and custody is None:
            page = attempts.call(self._client.query, **self._records_of(customer_id), Limit=1)
            if not page["Items"]:
                raise UnknownCustomer()
        return customer or {}, custody or Custody()

    def erase(self, receipt: Receipt) -> Receipt:
        """See Archive. Records that older code left unsealed go first: a receipt says that nothing can be read."""
        attempts = self._calls.attempts()
        while True:
            customer, seen = self.known(receipt.customer_id, attempts)
            if receipt in seen.receipts:  # an earlier attempt succeeded, only its answer was lost
                return receipt
            if seen.hold:
                raise OnHold()
            try:
                stripped = self._strip(receipt.customer_id)
                has_latest = any(name in customer for name in LATEST)
                is_new = stripped or has_latest or seen.key is not None or not seen.receipts
                actions = [erasure(self._history, receipt, seen, is_new=is_new)]
                if has_latest:
                    actions.append(latest_removal(self._customers, receipt.customer_id))
                attempts.call(self._client.transact_write_items, TransactItems=actions)
            except ConditionFailed:  # something was stored, erased or held meanwhile
                if not attempts.again():
                    raise TableUnavailable(OUT_OF_REACH) from None
            else:
                return receipt if is_new else seen.receipts[-1]

    def _strip(self, customer_id: str) -> bool:
        """Take from unsealed records what an erasure takes, however many there are; whether there were any.

        Raises ConditionFailed when a hold was set meanwhile.
        """
        found = False
        query = {**self._records_of(customer_id), "FilterExpression": f"attribute_exists({RECORD})"}
        for item in chain.from_iterable(pages(self._client.query, query, self._calls.attempts)):
            found = True
            actions = [sealing(self._history, item, None), unheld(self._history, customer_id)]
            self._calls.attempts().call(self._client.transact_write_items, TransactItems=actions)
        return found

    def _records_of(self, customer_id: str) -> dict[str, Any]:
        return {
            "TableName": self._history,
            "KeyConditionExpression": f"{CUSTOMER_ID} = :customer",
            "ExpressionAttributeValues": {":customer": attribute(customer_id)},
            "ConsistentRead": True,
        }
