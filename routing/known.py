"""Customers this process has seen in the table: what remains certain while the table is out of reach."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable


class KnownCustomers:
    """A bounded memory of customers that exist; once existing, a customer never becomes new again."""

    def __init__(self, capacity: int = 50_000) -> None:
        self._capacity = capacity
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def remember(self, customer_ids: Iterable[str]) -> None:
        """Note that these exist; the ones noted longest ago are forgotten first."""
        with self._lock:
            for customer_id in customer_ids:
                self._seen[customer_id] = None
                self._seen.move_to_end(customer_id)
            while len(self._seen) > self._capacity:
                self._seen.popitem(last=False)

    def __contains__(self, customer_id: str) -> bool:
        return customer_id in self._seen
