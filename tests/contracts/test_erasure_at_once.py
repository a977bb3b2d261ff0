"""What every archive promises of erasures beside writers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from routing.ports import Standing, Write
from scoring.record import ErasedRecord, ScoreRecord
from tests.contracts.steps import erased, history, saved
from tests.contracts.tables import Store
from tests.fakes.records import a_receipt, a_record, later


def test_first_predictions_at_once_end_with_one_key_and_all_records_readable(store: Store) -> None:
    tables, gate, records = (
        [store.table() for _ in range(2)],
        threading.Barrier(8),
        [a_record("CUS1") for _ in range(8)],
    )

    def first(i: int) -> None:
        seal = tables[i % 2].look_up(["CUS1"])["CUS1"].seal
        gate.wait()
        tables[i % 2].save([Write(records[i], seal=seal)])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(first, range(8)))
    assert history(tables[0]) == records[::-1]
    erased(tables[1], "CUS1", later(records[-1]))
    assert history(tables[0]) == [ErasedRecord.of(record) for record in records[::-1]]


def test_records_that_are_stored_while_their_customer_is_erased_are_whole_or_erased_never_lost(store: Store) -> None:
    tables, records = [store.table() for _ in range(2)], [a_record("CUS1") for _ in range(40)]
    saved(tables[0], records[0])

    def save(i: int) -> None:
        seal = tables[i % 2].look_up(["CUS1"])["CUS1"].seal
        tables[i % 2].save([Write(records[i], seal=seal)])
        if i % 10 == 0:
            tables[i % 2].erase(a_receipt("CUS1", records[i].scored_at, f"receipt {i}"))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(save, range(1, 40)))
    kept = history(tables[0])
    assert [each.prediction_id for each in kept] == [each.prediction_id for each in records[::-1]]
    assert all(each in (record, ErasedRecord.of(record)) for each, record in zip(kept, records[::-1], strict=True))
    assert not any(isinstance(each, ScoreRecord) for each in kept[9:]), "records[30] and before: erased by name"
    tables[1].erase(a_receipt("CUS1", later(records[-1]), "the last"))
    assert history(tables[0]) == [ErasedRecord.of(record) for record in records[::-1]]
    assert tables[0].look_up(["CUS1"]) == {"CUS1": Standing(True, None)}
