"""How much one process takes on at once, and how much one client may ask of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from time import monotonic

from scoring.errors import Overloaded, ServiceError


class RateLimited(ServiceError):
    """The client asks more often than it may; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many requests from this client.")
        self.retry_after = retry_after


class AtMost:
    """A context that at most `count` threads are in; one more gets Overloaded at once instead of waiting.

    A slow table or a slow client then takes `count` threads of the process, and the others answer health checks.
    `within`: each thread takes a place of that, too, so that heavy requests are a part of all, and never all.
    """

    def __init__(self, count: int, within: AtMost | None = None) -> None:
        self._places, self._within = threading.Semaphore(count), within

    def __enter__(self) -> None:
        if not self._places.acquire(blocking=False):
            raise Overloaded("This process is answering as many requests of this kind as it can.")
        if self._within is not None:
            try:
                self._within.__enter__()
            except Overloaded:
                self._places.release()
                raise

    def __exit__(self, *_: object) -> None:
        self._places.release()
        if self._within is not None:
            self._within.__exit__()


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RateLimit:
    """A token bucket per client and process: `per_second` on average, and as many (at least one) at once.

    Only the `clients` that asked last are remembered; a forgotten one starts with a full bucket.
    """

    def __init__(self, per_second: float, clients: int = 10_000, now: Callable[[], float] = monotonic) -> None:
        self._rate, self._burst, self._clients, self._now = per_second, max(1.0, per_second), clients, now
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str) -> None:
        """Let one request pass. Raises RateLimited."""
        now = self._now()
        with self._lock:
            bucket = self._buckets.setdefault(client, _Bucket(self._burst, now))
            self._buckets.move_to_end(client)
            if len(self._buckets) > self._clients:
                self._buckets.popitem(last=False)
            bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.filled_at) * self._rate)
            bucket.filled_at = now
            if bucket.tokens < 1:
                raise RateLimited(ceil((1 - bucket.tokens) / self._rate))
            bucket.tokens -= 1
