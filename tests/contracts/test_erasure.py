"""What every archive promises of erasures: what is unreadable, what is left."""

from __future__ import annotations

import dataclasses

import pytest

from routing.archive import Dossier, Filed, UnknownCustomer
from routing.ports import Standing
from scoring.identity import moment
from scoring.record import ErasedRecord
from tests.contracts.steps import erased, history, saved
from tests.contracts.tables import Store
from tests.fakes.records import a_receipt, a_record, an_event, an_explained_record, later


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
