"""CustomerTable and Archive in DynamoDB: what belongs together is written in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from db.dynamodb import layout, values
from db.dynamodb.archive import DynamoArchive
from db.dynamodb.calls import Calls, pages
from db.dynamodb.custody import custody_in
from db.dynamodb.keys import Keys
from db.dynamodb.reading import MOST_IN_BATCH, Reader
from db.dynamodb.records import prediction_key
from db.dynamodb.saving import Saver
from db.dynamodb.scanning import AFTER_ALL_TIMES, BEFORE_ALL_TIMES
from db.dynamodb.schema import create_tables
from db.dynamodb.upgrade import Upgrade
from db.dynamodb.values import Item
from routing.ports import ClaimOutcome, HistoryQuery, KeyClaim, KeyUse, Standing, Write
from scoring.record import AnyRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_WITHIN = f"{layout.CUSTOMER_ID} = :customer AND {layout.PREDICTION_KEY} BETWEEN :low AND :high"
_CUSTOMERS = MOST_IN_BATCH // 2
"""Customers looked up in one request, each with two items."""


class DynamoTable(DynamoArchive):
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
        calls, reader = Calls(budget_seconds, batch_seconds, threads), Reader(client, table_name)
        history = layout.history_table(table_name)
        self._keys = Keys(client, history, reader, claim_seconds=claim_seconds, key_seconds=key_seconds, now=now)
        super().__init__(client, table_name, calls, reader, Saver(client, table_name, reader, self._keys))

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
                custody = custody_in(each, custodies.get(each, {}))
                latest = layout.latest(found[each]) if each in found else None
                standings[each] = Standing(each in found, latest, custody.key, custody.erased_at or None)
        return standings

    def claim(self, uses: Sequence[KeyUse]) -> Sequence[ClaimOutcome]:
        """Claim keys before their requests run, each on its own; of equal ones, the first goes first."""
        return self._calls.in_turn(self._keys.claim, uses, lambda use: use.key)

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
        arguments = {
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
        for items in pages(self._client.query, arguments, lambda: attempts):
            found += [item for item in items if item[layout.PREDICTION_KEY]["S"] != before]
            if len(found) >= query.limit:
                break
        return self._reader.opened(found[: query.limit], attempts)

    def ping(self) -> None:
        """Return if both tables can be read."""
        attempts = self._calls.attempts()
        key = layout.customer_key(layout.RESERVED)
        attempts.call(self._client.get_item, TableName=self._customers, Key=key)
        key |= {layout.PREDICTION_KEY: values.attribute(layout.RESERVED)}
        attempts.call(self._client.get_item, TableName=self._history, Key=key)
