"""What every archive promises of records and events around an erasure, whatever their order."""

from __future__ import annotations

import pytest

from routing.archive import Dossier, Filed
from routing.ports import Claimed, Done, KeyClaim, KeyUse, Standing, Write
from scoring.record import ErasedRecord
from tests.contracts.steps import erased, history, saved
from tests.contracts.tables import Store
from tests.fakes.records import a_receipt, a_record, an_event, an_explained_record, later


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
