"""Events of predictions: written down once, read with their predictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from db.sql import statements
from db.sql.database import Insert
from db.sql.schema import prediction_events
from db.sql.sealed import Row, event_in, event_row
from db.sql.seals import Seals
from db.sql.statements import chunks
from routing.archive import Event


class Adder:
    """Writes events down, in a transaction."""

    def __init__(self, insert: Insert) -> None:
        self._seals = Seals(insert)
        self._keep = insert(prediction_events).on_conflict_do_nothing(index_elements=["prediction_id", "kind", "key"])

    def add(self, connection: Connection, events: Sequence[Event]) -> list[Event]:
        """What is held under the key of each afterwards."""
        held = self._held(connection, events)
        new = [event for event in events if _named(event) not in held]
        if new:
            seals = self._seals.present(connection, [(event.customer_id, event.at) for event in new])
            rows = []
            for event in new:
                seal = seals[event.customer_id]
                rows.append(event_row(event, None if seal.covers(event.at) else seal.key))
            connection.execute(self._keep, sorted(rows, key=_place))
            held = self._held(connection, events)
        return [held[_named(event)] for event in events]

    def _held(self, connection: Connection, events: Sequence[Event]) -> dict[tuple[str, str, str], Event]:
        ids = list({event.prediction_id for event in events})
        rows = (row for part in chunks(ids) for row in connection.execute(statements.events, {"ids": part}).mappings())
        return {_named(event): event for some in events_of(rows).values() for event in some}


def events_of(rows: Iterable[Row]) -> Mapping[str, tuple[Event, ...]]:
    """The events of each prediction, in the order of the rows. Raises Damaged."""
    found: dict[str, list[Event]] = {}
    for row in rows:
        found.setdefault(row["prediction_id"], []).append(event_in(row))
    return {prediction_id: tuple(events) for prediction_id, events in found.items()}


def _named(event: Event) -> tuple[str, str, str]:
    return event.prediction_id, event.kind, event.key


def _place(row: Row) -> tuple[str, str, str]:
    """Python's sort keeps the order of equal ones: of those, the first stays."""
    return row["prediction_id"], row["kind"], row["key"]
