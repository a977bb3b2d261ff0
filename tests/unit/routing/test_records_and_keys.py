"""What is stored, what waits, and what an Idempotency-Key gives again."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from routing.archive import Receipt
from routing.ports import KeyUse
from routing.requests import Scored, ScoringRequest
from scoring.errors import AnswerErased, InvalidRequest, KeyInProgress, KeyReused, ServiceError, Unavailable
from scoring.identity import Clock, stamp
from tests.fakes.house import BOTH, NEW, House
from tests.fakes.models import FakeModel


def test_a_result_that_the_table_cannot_take_waits_in_the_outbox(house: House) -> None:
    house.table.unwritable = True
    scored = house.predict(**NEW)
    assert not scored.stored
    assert [write.record for write in house.outbox.writes] == [scored.record]


def test_there_is_no_answer_without_a_record(house: House) -> None:
    house.table.unwritable = house.outbox.full = True
    assert isinstance(house.error(**NEW), Unavailable)


def test_the_same_key_and_body_give_the_same_answer_and_run_once(house: House) -> None:
    key = KeyUse("k", "body")
    first, again = house.predict(key=key, **NEW), house.predict(key=key, **NEW)
    assert first.record == again.record
    assert (first.replayed, again.replayed) == (False, True)
    assert len(house.xgboost.batches) == len(house.table.records) == 1
    assert isinstance(house.error(key=KeyUse("k", "other"), **NEW), KeyReused)


def test_an_answer_that_waits_in_the_outbox_is_given_again_even_after_its_claim_expired(house: House) -> None:
    key = KeyUse("k", "body")
    house.table.refuses = lambda _: True
    first = house.predict(key=key, **NEW)
    for _ in range(2):
        again = house.predict(key=key, **NEW)
        assert (again.record, again.stored, again.replayed) == (first.record, False, True)
        assert isinstance(house.error(key=KeyUse("k", "other"), **NEW), KeyReused)
        house.table.now = lambda: time.time() + house.table.claim_seconds
    assert len(house.xgboost.batches) == len(house.outbox.writes) == 1


def test_an_answer_that_waits_in_the_outbox_is_not_given_again_once_its_customer_was_erased(house: House) -> None:
    key = KeyUse("k", "body")
    house.predict(**NEW)
    house.table.refuses = lambda _: True
    waiting = house.predict(key=key, **BOTH).record
    house.table.erase(Receipt("receipt", "C", waiting.scored_at, "a user", "a reason"))
    assert isinstance(house.error(key=key, **BOTH), AnswerErased)
    assert isinstance(house.error(key=KeyUse("k", "other"), **BOTH), KeyReused)
    house.table.unreadable = True
    assert house.predict(key=key, **BOTH).replayed, "nobody can tell; the first answer was given, too"


def test_a_key_goes_to_the_table_when_the_outbox_cannot_be_read(house: House) -> None:
    house.outbox.unreadable = True
    assert house.predict(key=KeyUse("k", "body"), **NEW).stored


def test_a_request_that_came_to_nothing_gives_its_key_back(house: House) -> None:
    key = KeyUse("k", "body")
    house.models.take_away("xgboost")
    house.error(key=key, **NEW)
    house.models.bring_back("xgboost")
    assert not house.predict(key=key, **NEW).replayed


@pytest.mark.parametrize("ahead", [timedelta(seconds=5), timedelta(days=400)])
def test_a_clock_behind_the_one_that_dated_an_erasure_costs_no_record(ahead: timedelta) -> None:
    now = datetime.now(UTC)
    house = House(clock=Clock(lambda: now))
    house.predict(**NEW)
    erased_at = stamp(now + ahead)
    house.table.erase(Receipt("receipt", "C", erased_at, "a user", "a reason"))
    later = [house.predict(**BOTH).record for _ in range(3)]
    assert [house.table.records[each.prediction_id] for each in later] == later
    assert erased_at < later[0].scored_at
    assert house.table.look_up(["C"])["C"].latest is not None


def test_a_key_answers_again_though_its_body_no_longer_fits_the_model_that_was_promoted_since() -> None:
    house, key = House(), KeyUse("k", "body")
    first = house.predict(key=key, **NEW).record
    wider = FakeModel("xgboost", ["d", "e", "f"], lambda row: -row[2], version="2")
    house.models.promote(wider)
    again = house.predict(key=key, **NEW)
    assert (again.record, again.replayed, wider.batches) == (first, True, [])
    for customer_id in ("C", "D"):
        assert isinstance(house.error(customer_id, key=KeyUse("another", "body"), **NEW), InvalidRequest)
    assert not house.predict("D", key=KeyUse("another", "body"), xgboost=[1.0, 2.0, 3.0]).replayed


def test_an_answer_that_was_erased_is_not_given_again_and_not_scored_again(house: House) -> None:
    key = KeyUse("k", "body")
    first = house.predict(key=key, **NEW).record
    house.table.erase(Receipt("receipt", first.customer_id, first.scored_at, "a user", "a reason"))
    assert isinstance(house.error(key=key, **NEW), AnswerErased)
    assert len(house.xgboost.batches) == 1


def test_fifty_identical_requests_at_once_make_one_decision(house: House) -> None:
    outcomes: list[Scored | ServiceError] = []
    key, together = KeyUse("k", "body"), threading.Barrier(50)

    def ask() -> None:
        together.wait()
        outcomes.append(house.service.predict_many([ScoringRequest("C", NEW, key=key)])[0])

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(house.table.records) == 1
    assert all(isinstance(each, Scored | KeyInProgress) for each in outcomes)
    assert {each.record.prediction_id for each in outcomes if isinstance(each, Scored)} == set(house.table.records)
