"""What every archive promises of erasures: what is unreadable, what is left, what may come at the same time."""

from __future__ import annotations

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from routing.archive import Dossier, Filed, UnknownCustomer
from routing.ports import Claimed, Done, HistoryQuery, KeyClaim, KeyUse, Standing, Write
from scoring.identity import moment
from scoring.record import AnyRecord, ErasedRecord, ScoreRecord
from tests.contracts.tables import Store, Table
from tests.fakes.records import a_receipt, a_record, an_event, an_explained_record, later

_receipts = count(1)


def saved(table: Table, *records: ScoreRecord) -> None:
    table.save([Write(record) for record in records])


def erased(table: Table, customer_id: str, at: str) -> None:
    receipt = a_receipt(customer_id, at, f"receipt {next(_receipts)}")
    assert table.erase(receipt) == receipt


def found(table: Table, record: ScoreRecord) -> AnyRecord:
    filed = table.find(record.prediction_id)
    assert filed is not None
    return filed.record


def history(table: Table, customer_id: str = "CUS1") -> list[AnyRecord]:
    return list(table.history(HistoryQuery(customer_id, 200)))


# ------------------------------------------------------------ what is unreadable, what is left


def test_of_an_erased_customer_the_decisions_are_left_and_nothing_else(store: Store) -> None:
    table, records = store.table(), [an_explained_record("CUS1"), a_record("CUS1"), a_record("CUS2")]
    saved(table, *records)
    mine, theirs = an_event(records[0]), an_event(records[2])
    table.add([mine, theirs])
    erased(table, "CUS1", later(records[0], days=30))
    left = [ErasedRecord.of(record) for record in records[:2]]
    without_body = dataclasses.replace(mine, body=None)
    for reader in (table, store.table()):
        assert reader.find(records[0].prediction_id) == Filed(left[0], (without_body,))
        assert history(reader) == left[::-1]
        scanned = {each.record.prediction_id: each for each in reader.scan()}
        assert [scanned[each.prediction_id].record for each in records] == [*left, records[2]]
        assert reader.find(records[2].prediction_id) == Filed(records[2], (theirs,))


def test_the_customer_still_exists_without_a_prediction_and_with_what_the_bank_keeps(store: Store) -> None:
    table, record = store.table(), a_record("CUS1")
    store.bank_puts("CUS1", branch="Graz")
    saved(table, record)
    erased(table, "CUS1", later(record))
    standing = table.look_up(["CUS1"])["CUS1"]
    assert (standing, standing.seal) == (Standing(True, None), None)
    assert store.branch_of("CUS1") == "Graz"


def test_the_receipt_is_kept_and_answered_again_while_nothing_is_left_to_erase(store: Store) -> None:
    table, record = store.table(), a_record("CUS1")
    saved(table, record)
    first = a_receipt("CUS1", later(record, hours=1), "first")
    assert table.erase(first) == first
    assert store.table().erase(a_receipt("CUS1", later(record, hours=2), "second")) == first
    assert table.dossier("CUS1") == Dossier(None, (first,))


def test_a_customer_who_was_never_scored_gets_a_receipt_too(store: Store) -> None:
    table, record = store.table(), a_record("CUS1")
    store.bank_puts("CUS1", branch="Graz")
    erased(table, "CUS1", later(record))
    assert table.look_up(["CUS1"]) == {"CUS1": Standing(True, None)}
    assert store.branch_of("CUS1") == "Graz"


def test_a_look_up_tells_up_to_when_the_customer_was_erased(store: Store) -> None:
    table, records = store.table(), [a_record("CUS1"), a_record("CUS2")]
    saved(table, *records)
    assert table.look_up(["CUS1"])["CUS1"].erased_at is None
    erased(table, "CUS1", later(records[0], days=1))
    for _ in range(2):
        standings = table.look_up(["CUS1", "CUS2", "CUS3"])
        assert table.look_up(["CUS1"])["CUS1"].erased_at == later(records[0], days=1)
        assert [standings[each].erased_at for each in standings] == [later(records[0], days=1), None, None]
        saved(table, a_record("CUS1", at=moment(later(records[0], days=2))))


def test_a_customer_nobody_knows_cannot_be_erased(store: Store) -> None:
    table = store.table()
    with pytest.raises(UnknownCustomer):
        table.erase(a_receipt("CUS1", later(a_record())))
    assert table.dossier("CUS1") is None


def test_a_record_that_another_clock_dated_later_is_erased_as_well(store: Store) -> None:
    table, record = store.table(), a_record("CUS1")
    saved(table, record)
    event = an_event(record, at=later(record, seconds=1))
    table.add([event])
    table.erase(a_receipt("CUS1", later(record, seconds=-1)))
    filed = table.find(record.prediction_id)
    assert filed is not None
    assert filed.record == ErasedRecord.of(record)
    assert [each.body for each in filed.events] == [None]
    saved(table, record)  # an outbox that had not heard that it was stored
    assert table.look_up(["CUS1"]) == {"CUS1": Standing(True, None)}


# ------------------------------------------------------------ what comes afterwards


def test_an_erased_customer_can_be_scored_and_erased_again(store: Store) -> None:
    table, first = store.table(), a_record("CUS1")
    saved(table, first)
    seals = [table.look_up(["CUS1"])["CUS1"].seal]
    receipts = [a_receipt("CUS1", later(first), "receipt 1")]
    table.erase(receipts[0])
    second = a_record("CUS1")
    saved(table, second)
    seals.append(table.look_up(["CUS1"])["CUS1"].seal)
    assert history(table) == [second, ErasedRecord.of(first)]
    standing = table.look_up(["CUS1"])["CUS1"]
    assert standing.latest is not None
    assert standing.latest.scored_at == second.scored_at
    receipts.append(a_receipt("CUS1", later(second), "receipt 2"))
    assert table.erase(receipts[1]) == receipts[1]
    assert history(table) == [ErasedRecord.of(second), ErasedRecord.of(first)]
    assert table.dossier("CUS1") == Dossier(None, tuple(receipts))
    assert None not in seals
    assert seals[0] != seals[1], "the key that was thrown away never comes back"


@pytest.mark.parametrize("with_seal", [True, False], ids=["with the seal it looked up", "from an outbox"])
def test_a_record_scored_before_an_erasure_and_stored_after_it_is_stored_erased(store: Store, with_seal: bool) -> None:
    table, first, waiting = store.table(), a_record("CUS1"), an_explained_record("CUS1")
    saved(table, first)
    seal = table.look_up(["CUS1"])["CUS1"].seal if with_seal else None
    erased(table, "CUS1", waiting.scored_at)
    for _ in range(2):
        table.save([Write(waiting, seal=seal)])
    assert history(table) == [ErasedRecord.of(waiting), ErasedRecord.of(first)]
    assert table.look_up(["CUS1"]) == {"CUS1": Standing(True, None)}


def test_a_record_scored_after_an_erasure_is_whole_though_its_seal_was_looked_up_before(store: Store) -> None:
    table, first, second, third = store.table(), a_record("CUS1"), a_record("CUS1"), a_record("CUS1")
    saved(table, first)
    seal = table.look_up(["CUS1"])["CUS1"].seal
    erased(table, "CUS1", later(first, microseconds=1))
    table.save([Write(second, seal=seal)])
    table.save([Write(third, seal=seal)])
    assert history(table) == [third, second, ErasedRecord.of(first)]
    erased(table, "CUS1", later(third, days=1))
    assert history(table) == [ErasedRecord.of(each) for each in (third, second, first)]


def test_an_old_record_that_comes_late_leaves_the_new_latest_prediction_alone(store: Store) -> None:
    table, first, waiting = store.table(), a_record("CUS1"), a_record("CUS1")
    saved(table, first)
    erased(table, "CUS1", later(waiting))
    new = a_record("CUS1", customer_type="existing", score=801.0)
    saved(table, new, waiting)
    assert history(table) == [new, ErasedRecord.of(waiting), ErasedRecord.of(first)]
    standing = table.look_up(["CUS1"])["CUS1"]
    assert standing.latest is not None
    assert standing.latest.credit_score == 801.0


def test_asking_again_also_covers_what_was_scored_in_between_and_is_stored_later(store: Store) -> None:
    table, first, waiting = store.table(), a_record("CUS1"), a_record("CUS1")
    saved(table, first)
    erased(table, "CUS1", later(first, microseconds=1))
    table.erase(a_receipt("CUS1", later(waiting), "asked again"))
    saved(table, waiting)
    assert history(table) == [ErasedRecord.of(waiting), ErasedRecord.of(first)]


def test_writing_an_erased_record_again_does_not_bring_it_back(store: Store) -> None:
    table, record = store.table(), a_record("CUS1")
    write = Write(record, seal=table.look_up(["CUS1"])["CUS1"].seal)
    table.save([write])
    erased(table, "CUS1", later(record))
    table.save([write])
    assert history(table) == [ErasedRecord.of(record)]
    assert table.look_up(["CUS1"]) == {"CUS1": Standing(True, None)}


def test_of_an_event_noted_before_an_erasure_no_body_is_kept(store: Store) -> None:
    table, record = store.table(), a_record("CUS1")
    saved(table, record)
    erased(table, "CUS1", later(record, days=2))
    before, after = an_event(record, at=later(record, days=2)), an_event(record, key="b", at=later(record, days=3))
    held = list(table.add([before, after]))
    assert [each.body for each in held] == [None, after.body]
    assert [each.key for each in held] == [before.key, after.key]
    filed = table.find(record.prediction_id)
    assert filed == Filed(ErasedRecord.of(record), tuple(held))
    assert [each.body for each in table.add([an_event(record, body={"again": 1})])] == [None]


def test_a_key_whose_record_was_erased_answers_what_is_left_of_it(store: Store) -> None:
    table, stored, waiting = store.table(), a_record("CUS1"), a_record("CUS1")
    uses = [KeyUse("stored", "body"), KeyUse("waiting", "body")]
    outcomes = zip(uses, table.claim(uses), strict=True)
    claims = [KeyClaim(use, each.token) for use, each in outcomes if isinstance(each, Claimed)]
    table.save([Write(stored, claims[0])])
    erased(table, "CUS1", later(waiting))
    table.save([Write(waiting, claims[1])])
    assert list(store.table().claim(uses)) == [Done(ErasedRecord.of(stored)), Done(ErasedRecord.of(waiting))]


# ------------------------------------------------------------ at the same time


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
