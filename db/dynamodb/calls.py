"""Calls about one item or many, each within its budget."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from db.dynamodb.attempts import OUT_OF_REACH, Attempts
from db.dynamodb.values import Item
from scoring.errors import TableUnavailable

T = TypeVar("T")
R = TypeVar("R")


class Calls:
    """Gives out attempts.

    `budget_seconds`: within which attempts at one item start; `batch_seconds`: the same for a call with many items, of
    which `threads` are under way at once.
    """

    def __init__(self, budget_seconds: float, batch_seconds: float, threads: int) -> None:
        self._budget_seconds, self._batch_seconds = budget_seconds, batch_seconds
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="dynamodb")

    def attempts(self) -> Attempts:
        """The attempts at one item."""
        return Attempts(time.monotonic() + self._budget_seconds)

    def patient(self) -> Attempts:
        """The attempts at something that nobody waits for in a request."""
        return Attempts(time.monotonic() + self._batch_seconds)

    def each(self, do: Callable[[T, Attempts], R], items: Sequence[T]) -> list[R]:
        """`do` for every item, several at a time. The first failure stops those that have not begun."""
        if len(items) == 1:
            return [do(items[0], self.attempts())]
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

    def in_turn(self, do: Callable[[T, Attempts], R], items: Sequence[T], name_of: Callable[[T], str]) -> list[R]:
        """`do` for every item as in `each`, but items of one name one after the other, in their order."""
        groups: dict[str, list[T]] = {}
        for item in items:
            groups.setdefault(name_of(item), []).append(item)

        def do_group(group: list[T], attempts: Attempts) -> Iterator[R]:
            return iter([do(item, attempts) for item in group])

        results = dict(zip(groups, self.each(do_group, list(groups.values())), strict=True))
        return [next(results[name_of(item)]) for item in items]

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()


def pages(
    operation: Callable[..., Any], arguments: Mapping[str, Any], attempts: Callable[[], Attempts]
) -> Iterator[list[Item]]:
    """The items of every page of a query or a scan, read as they are asked for; `attempts` gives those at one page."""
    start: dict[str, Any] = {}
    while True:
        page = attempts().call(operation, **arguments, **start)
        yield page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
