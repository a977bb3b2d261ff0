"""What the suites of the customers table and of the archive do again and again."""

from __future__ import annotations

from itertools import count

from routing.archive import Archive, Event
from routing.ports import HistoryQuery, Write
from scoring.record import AnyRecord, ScoreRecord
from tests.contracts.tables import Store, Table
from tests.fakes.records import a_receipt

_receipts = count(1)


def saved(table: Table, *records: ScoreRecord) -> None:
    """Save them in one go."""
    table.save([Write(record) for record in records])


def erased(table: Table, customer_id: str, at: str) -> None:
    """Erase a customer, with a receipt of its own."""
    receipt = a_receipt(customer_id, at, f"receipt {next(_receipts)}")
    assert table.erase(receipt) == receipt


def found(table: Table, record: ScoreRecord) -> AnyRecord:
    """What is held of a record."""
    filed = table.find(record.prediction_id)
    assert filed is not None
    return filed.record


def events(table: Archive, record: ScoreRecord) -> tuple[Event, ...]:
    """The events of a prediction."""
    filed = table.find(record.prediction_id)
    assert filed is not None
    return filed.events


def history(table: Table, customer_id: str = "CUS1") -> list[AnyRecord]:
    """A customer's records, newest first."""
    return list(table.history(HistoryQuery(customer_id, 200)))


def everything(store: Store, customer_id: str, **narrowed: object) -> list[str]:
    """The prediction ids of a customer's history, as another worker sees it."""
    query = HistoryQuery(customer_id, limit=200, **narrowed)  # type: ignore[arg-type]
    return [record.prediction_id for record in store.table().history(query)]
