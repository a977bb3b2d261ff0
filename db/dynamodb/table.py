"""CustomerTable in DynamoDB: customers, history and idempotency keys, written in one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from db.dynamodb import layout, values
from db.dynamodb.attempts import OUT_OF_REACH, Attempts, ConditionFailed
from db.dynamodb.keys import Keys
from db.dynamodb.schema import create_tables
from db.dynamodb.values import Item
from routing.ports import ClaimOutcome, HistoryQuery, KeyClaim, KeyUse, Standing, Write
from scoring.errors import TableUnavailable
from scoring.record import ScoreRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")
R = TypeVar("R")

MOST_IN_BATCH_GET = 100
_PROJECTION = ", ".join((layout.CUSTOMER_ID, *layout.LATEST))  # with the key, so that an item found is never empty
_WITHIN = f"{layout.CUSTOMER_ID} = :customer AND {layout.PREDICTION_KEY} BETWEEN :low AND :high"
_BEFORE_ALL_TIMES, _AFTER_ALL_TIMES = "0", ":"  # stamps begin with a digit


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
        self._keys = Keys(client, self._history, claim_seconds=claim_seconds, key_seconds=key_seconds, now=now)
        self._budget_seconds, self._batch_seconds = budget_seconds, batch_seconds
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="dynamodb")

    def create(self) -> None:
        """Make the tables where they are missing, and wait until they can be used. Raises TableUnavailable."""
        create_tables(self._client, self._customers)

    def close(self) -> None:
        """Let go of connections and threads."""
        self._pool.shutdown()
        self._client.close()

    def look_up(self, customer_ids: Sequence[str]) -> Mapping[str, Standing]:
        """The standing of every id asked for (strongly consistent)."""
        wanted = list(dict.fromkeys(customer_ids))
        if len(wanted) == 1:
            found = self._each(self._item, wanted)
        else:
            parts = [wanted[i : i + MOST_IN_BATCH_GET] for i in range(0, len(wanted), MOST_IN_BATCH_GET)]
            found = [item for items in self._each(self._items, parts) for item in items]
        standings = {
            item[layout.CUSTOMER_ID]["S"]: Standing(existing=True, latest=layout.latest(item)) for item in found if item
        }
        return {each: standings.get(each, Standing(existing=False)) for each in wanted}

    def claim(self, uses: Sequence[KeyUse]) -> Sequence[ClaimOutcome]:
        """Claim keys before their requests run, each on its own; of equal ones, the first goes first."""
        by_key: dict[str, list[KeyUse]] = {}
        for use in uses:
            by_key.setdefault(use.key, []).append(use)

        def claim_in_turn(equal: list[KeyUse], attempts: Attempts) -> Iterator[ClaimOutcome]:
            return iter([self._keys.claim(use, attempts) for use in equal])

        outcomes = dict(zip(by_key, self._each(claim_in_turn, list(by_key.values())), strict=True))
        return [next(outcomes[use.key]) for use in uses]

    def release(self, claims: Sequence[KeyClaim]) -> None:
        """Give claims back whose requests came to nothing."""
        self._each(self._keys.release, claims)

    def save(self, writes: Sequence[Write]) -> None:
        """Store all writes, a transaction for each: one that is refused or conflicts holds no other up."""
        self._each(self._save, writes)

    def history(self, query: HistoryQuery) -> Sequence[ScoreRecord]:
        """At most `query.limit` records, newest first (strongly consistent: what was stored is found)."""
        before = layout.prediction_key(*query.before) if query.before else _AFTER_ALL_TIMES
        lowest, highest = query.since or _BEFORE_ALL_TIMES, min(before, query.until or _AFTER_ALL_TIMES)
        if lowest > highest:
            return []
        attempts = Attempts(time.monotonic() + self._budget_seconds)
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
                return [layout.record_in(item) for item in found[: query.limit]]
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def ping(self) -> None:
        """Return if both tables can be read."""
        attempts = Attempts(time.monotonic() + self._budget_seconds)
        key = layout.customer_key(layout.RESERVED)
        attempts.call(self._client.get_item, TableName=self._customers, Key=key)
        key |= {layout.PREDICTION_KEY: values.attribute(layout.RESERVED)}
        attempts.call(self._client.get_item, TableName=self._history, Key=key)

    def _item(self, customer_id: str, attempts: Attempts) -> Item | None:
        answer = attempts.call(
            self._client.get_item,
            TableName=self._customers,
            Key=layout.customer_key(customer_id),
            ConsistentRead=True,
            ProjectionExpression=_PROJECTION,
        )
        found: Item | None = answer.get("Item")
        return found

    def _items(self, customer_ids: Sequence[str], attempts: Attempts) -> list[Item]:
        keys = [layout.customer_key(each) for each in customer_ids]
        wanted = {self._customers: {"Keys": keys, "ConsistentRead": True, "ProjectionExpression": _PROJECTION}}
        found: list[Item] = []
        while True:
            answer = attempts.call(self._client.batch_get_item, RequestItems=wanted)
            found += answer["Responses"].get(self._customers, [])
            wanted = answer["UnprocessedKeys"]
            if not wanted:
                return found
            if not attempts.again():
                raise TableUnavailable(OUT_OF_REACH)

    def _save(self, write: Write, attempts: Attempts) -> None:
        """One transaction; without the parts whose condition no longer holds. An attempt that succeeded is noticed."""
        record = write.record
        actions = {
            "record": layout.record_put(self._history, record),
            "customer": layout.latest_update(self._customers, record),
        }
        if write.claim:
            actions["key"] = self._keys.completion(write.claim, record)
        while True:
            try:
                attempts.call(self._client.transact_write_items, TransactItems=list(actions.values()))
            except ConditionFailed as refusal:
                refused = {name: item for name, item in zip(actions, refusal.items, strict=True) if item is not None}
            else:
                return
            if "record" in refused:  # stored before, and in that transaction everything that belongs to it
                return
            for name in refused:
                del actions[name]
            if (seen := layout.older_time(refused.get("customer", {}), record.scored_at)) is not None:
                actions["customer"] = layout.latest_update(self._customers, record, seen)
            if not attempts.again():
                raise TableUnavailable(OUT_OF_REACH)

    def _each(self, do: Callable[[T, Attempts], R], items: Sequence[T]) -> list[R]:
        """`do` for every item, several at a time. The first failure stops those that have not begun."""
        if len(items) == 1:
            return [do(items[0], Attempts(time.monotonic() + self._budget_seconds))]
        end = time.monotonic() + self._batch_seconds
        stop = threading.Event()

        def attempt(item: T) -> R:
            now = time.monotonic()
            if stop.is_set() or now >= end:
                raise TableUnavailable(OUT_OF_REACH)
            try:
                return do(item, Attempts(min(end, now + self._budget_seconds)))
            except TableUnavailable:
                stop.set()
                raise

        return list(self._pool.map(attempt, items))
