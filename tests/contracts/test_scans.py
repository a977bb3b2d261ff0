"""What every archive promises of all predictions, page by page."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from routing.archive import Filed
from scoring.identity import stamp
from tests.contracts.steps import saved
from tests.contracts.tables import Store
from tests.fakes.records import START, a_receipt, a_record, an_event, an_explained_record, later


def test_an_empty_archive_has_nothing_to_scan(store: Store) -> None:
    assert list(store.table().scan()) == []


def test_a_scan_shows_every_prediction_once_with_its_events(store: Store) -> None:
    table = store.table()
    records = [a_record(f"CUS{i % 40}") for i in range(290)] + [an_explained_record("CUS1")]
    records.append(dataclasses.replace(records[0], prediction_id="pred_at_the_same_time", customer_id="CUS-other"))
    saved(table, *records)
    noted = {record.prediction_id: an_event(record) for record in records[::50]}
    table.add(list(noted.values()))
    scanned = list(table.scan())
    assert len(scanned) == len(records)
    assert {each.record.prediction_id: each for each in scanned} == {
        record.prediction_id: Filed(record, tuple(noted[key] for key in [record.prediction_id] if key in noted))
        for record in records
    }


def test_a_scan_keeps_to_its_bounds(store: Store) -> None:
    moments = [START + timedelta(microseconds=i) for i in range(5)]
    records = [a_record(f"CUS{i}", at) for i, at in enumerate(moments)]
    saved(store.table(), *records)

    def scanned(since: int | None = None, until: int | None = None) -> list[int]:
        bounds = (None if i is None else stamp(moments[i]) for i in (since, until))
        return sorted(records.index(each.record) for each in store.table().scan(*bounds))  # type: ignore[arg-type]

    assert scanned(since=3) == [3, 4]
    assert scanned(until=1) == [0]
    assert scanned(1, 3) == [1, 2]
    assert scanned(3, 1) == scanned(2, 2) == []


def test_a_scan_may_be_left_and_does_not_hold_up_writers(store: Store) -> None:
    table, records = store.table(), [a_record(f"CUS{i}") for i in range(30)]
    saved(table, *records)
    scan = table.scan()
    seen = [next(scan)]
    saved(store.table(), a_record("CUS-later"))
    table.erase(a_receipt("CUS-later", later(records[-1], days=300)))
    seen += scan
    ids = [each.record.prediction_id for each in seen]
    assert len(ids) == len(set(ids))
    assert set(ids) >= {record.prediction_id for record in records}
