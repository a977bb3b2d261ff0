"""How much may be noted of one prediction: what a table keeps with it has to fit there."""

from __future__ import annotations

import json

from routing.archive import Event, Filed
from scoring.errors import ServiceError

MOST = 300_000
"""Bytes of all events of one prediction: DynamoDB allows an item, which holds them, 400 KB."""
AROUND = 300
"""Bytes that an event takes beside its body and the customer's id, at most: names, times, what sealing adds."""


class NotedTooMuch(ServiceError):
    """So much was noted of the prediction already that no more is taken."""


class Noting:
    """Keeps account of what is to be noted together, of any number of predictions."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}

    def refusal(self, filed: Filed, event: Event) -> NotedTooMuch | None:
        """Why an event of the prediction cannot be noted, too; None where it can, or is held already."""
        if any((each.kind, each.key) == (event.kind, event.key) for each in filed.events):
            return None
        size = self._sizes.get(event.prediction_id) or sum(map(_size, filed.events))
        if size + _size(event) > MOST:
            return NotedTooMuch("So much was noted of this prediction that nothing more is taken.")
        self._sizes[event.prediction_id] = size + _size(event)
        return None


def _size(event: Event) -> int:
    body = json.dumps(event.body and dict(event.body), ensure_ascii=False)
    return len(body.encode()) + len(event.customer_id.encode()) + AROUND
