"""CustomerTable and Archive in DynamoDB: what belongs together is written in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from db.dynamodb import layout, values
from db.dynamodb.archive import DynamoArchive
from db.dynamodb.attempts import Attempts
from db.dynamodb.calls import Calls
from db.dynamodb.custody import key_in
from db.dynamodb.keys import Keys
from db.dynamodb.reading import MOST_IN_BATCH, Reader
from db.dynamodb.records import prediction_key
from db.dynamodb.saving import Saver
from db.dynamodb.scanning import AFTER_ALL_TIMES, BEFORE_ALL_TIMES
from db.dynamodb.schema import create_tables
from db.dynamodb.upgrade import Upgrade
from db.dynamodb.values import Item
from routing.archive import Dossier, Event, Filed, Hold, Receipt
from routing.ports import ClaimOutcome, HistoryQuery, KeyClaim, KeyUse, Standing, Write
from scoring.record import AnyRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_WITHIN = f"{layout.CUSTOMER_ID} = :customer AND {layout.PREDICTION_KEY} BETWEEN :low AND :high"
_CUSTOMERS = MOST_IN_BATCH // 2
"""Customers looked up in one request, each with two items."""


class DynamoTable:
    """The customers table `table_name` and its history table, through a client as `dynamodb_client` makes it.

    `claim_seconds`, `key_seconds`: how long an idempotency key is held by a claim, and answers once completed.
    `budget_seconds`: within which attempts at one item start; `batch_seconds`: the same for a call with many items, of
    which `threads` are under way at once. `now`: the clock of the keys, in Unix seconds.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table_name: str,
        *,
        claim_seconds: float = 60.0,
        key_seconds: float = 86_400.0,
        budget_seconds: float = 1.0,
        batch_seconds: float = 10.0,
        threads: int = 8,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._customers, self._history = table_name, layout.history_table(table_name)
        self._calls = Calls(budget_seconds, batch_seconds, threads)
        self._reader = Reader(client, table_name)
        self._keys = Keys(
            client, self._history, self._reader, claim_seconds=claim_seconds, key_seconds=key_seconds, now=now
        )
        self._saver = Saver(client, table_name, self._reader, self._keys)
        self._archive = DynamoArchive(client, table_name, self._calls, self._reader, self._saver)

    def create(self) -> None:
        """Make the tables where they are missing, wait until they can be used, `upgrade`. Raises TableUnavailable."""
        create_tables(self._client, self._customers)
        self.upgrade()

    def upgrade(self) -> int:
        """Seal the records that older code left unsealed, and let their ids find them; how many there were."""
        return Upgrade(self._client, self._history, self._calls, self._reader).run()

    def close(self) -> None:
        """Let go of connections and threads."""
        self._calls.close()
        self._client.close()

    # ------------------------------------------------------------ CustomerTable

    def look_up(self, customer_ids: Sequence[str]) -> Mapping[str, Standing]:
        """The standing of every id asked for (strongly consistent); one request for up to 50 of them."""
        wanted = list(dict.fromkeys(customer_ids))
        parts = [wanted[i : i + _CUSTOMERS] for i in range(0, len(wanted), _CUSTOMERS)]
        standings = dict.fromkeys(wanted, Standing(existing=False))
        for customers, custodies in self._calls.each(self._reader.standings, parts):
            found = {item[layout.CUSTOMER_ID]["S"]: item for item in customers}
            for each in found.keys() | custodies.keys():
                seal = key_in(custodies.get(each, {}))
                latest = layout.latest(found[each]) if each in found else None
                standings[each] = Standing(each in found, latest, seal)
        return standings

    def claim(self, uses: Sequence[KeyUse]) -> Sequence[ClaimOutcome]:
        """Claim keys before their requests run, each on its own; of equal ones, the first goes first."""
        by_key: dict[str, list[KeyUse]] = {}
        for use in uses:
            by_key.setdefault(use.key, []).append(use)

        def claim_in_turn(equal: list[KeyUse], attempts: Attempts) -> Iterator[ClaimOutcome]:
            return iter([self._keys.claim(use, attempts) for use in equal])

        outcomes = dict(zip(by_key, self._calls.each(claim_in_turn, list(by_key.values())), strict=True))
        return [next(outcomes[use.key]) for use in uses]

    def release(self, claims: Sequence[KeyClaim]) -> None:
        """Give claims back whose requests came to nothing."""
        self._calls.each(self._keys.release, claims)

    def save(self, writes: Sequence[Write]) -> None:
        """Store all writes, a transaction for each: one that is refused or conflicts holds no other up."""
        self._calls.each(self._saver.save, writes)

    def history(self, query: HistoryQuery) -> Sequence[AnyRecord]:
        """At most `query.limit` records, newest first (strongly consistent: what was stored is found)."""
        before = prediction_key(*query.before) if query.before else AFTER_ALL_TIMES
        lowest, highest = query.since or BEFORE_ALL_TIMES, min(before, query.until or AFTER_ALL_TIMES)
        if lowest > highest:
            return []
        attempts = self._calls.attempts()
        arguments: dict[str, Any] = {
            "TableName": self._history,
            "KeyConditionExpression": _WITHIN,
            "ExpressionAttributeValues": values.item(
                {":customer": query.customer_id, ":low": lowest, ":high": highest}
            ),
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": query.limit + 1,  # BETWEEN includes `before` itself
        }
        found: list[Item] = []
        while True:
            page = attempts.call(self._client.query, **arguments)
            found += [item for item in page["Items"] if item[layout.PREDICTION_KEY]["S"] != before]
            if len(found) >= query.limit or "LastEvaluatedKey" not in page:
                return self._reader.opened(found[: query.limit], attempts)
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def ping(self) -> None:
        """Return if both tables can be read."""
        attempts = self._calls.attempts()
        key = layout.customer_key(layout.RESERVED)
        attempts.call(self._client.get_item, TableName=self._customers, Key=key)
        key |= {layout.PREDICTION_KEY: values.attribute(layout.RESERVED)}
        attempts.call(self._client.get_item, TableName=self._history, Key=key)

    # ------------------------------------------------------------ Archive

    def find(self, prediction_id: str) -> Filed | None:
        """One prediction with its events; None if there certainly is none."""
        return self._archive.find(prediction_id)

    def add(self, events: Sequence[Event]) -> Sequence[Event]:
        """Write events down; what is held under each one's key afterwards."""
        return self._archive.add(events)

    def scan(self, since: str | None = None, until: str | None = None) -> Iterator[Filed]:
        """Every prediction scored within [since, until), with its events. Reads the whole history table."""
        return self._archive.scan(since, until)

    def dossier(self, customer_id: str) -> Dossier | None:
        """A customer's hold and receipts; None for a customer nobody knows."""
        return self._archive.dossier(customer_id)

    def hold(self, customer_id: str, hold: Hold | None) -> None:
        """Set a hold in place of any other, or lift it."""
        self._archive.hold(customer_id, hold)

    def erase(self, receipt: Receipt) -> Receipt:
        """Throw a customer's key away and keep the receipt."""
        return self._archive.erase(receipt)
