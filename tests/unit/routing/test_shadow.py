"""Shadow models score what was answered, off the request's path."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from routing.archive import Event, Filed
from routing.requests import ScoringRequest
from routing.shadow import Shadows
from scoring.features import Row
from scoring.record import ScoreRecord
from tests.fakes.house import BOTH, NEW, House
from tests.fakes.models import FakeModel
from tests.fakes.polling import until
from tests.fakes.routes import ROUTES, routes_and

SHADOW = '[routes.new.shadow]\nmodels = ["xgboost@candidate"]\n'
NAME = "routes.new.shadow"


class Blocking:
    """A model's score that waits until it is let go."""

    def __init__(self) -> None:
        self.entered, self.released = threading.Event(), threading.Event()

    def __call__(self, row: Row) -> float:
        self.entered.set()
        assert self.released.wait(30)
        return -4.0 + row[0]


def a_house(candidate: FakeModel | None = None, more: str = "") -> House:
    candidate = candidate or FakeModel("xgboost", ["d", "e"], lambda row: -4.0 + row[0], version="3")
    return House(routes_and(SHADOW + more), {"xgboost@candidate": candidate})


@pytest.fixture
def house() -> Iterator[House]:
    made = a_house()
    yield made
    made.shadows.close(0)


def shadow_of(house: House, record: ScoreRecord) -> Event:
    filed = house.table.find(record.prediction_id)
    assert isinstance(filed, Filed)
    (event,) = filed.events
    return event


def test_a_shadow_score_is_stored_under_its_prediction_and_stays_out_of_the_answer(house: House) -> None:
    house.shadows.start()
    record = house.predict(explain=True, **NEW).record
    house.shadows.close(30)
    event = shadow_of(house, record)
    assert (record.route, record.models[0].version, record.degraded) == ("routes.new", "1", ())
    assert (event.kind, event.key, event.customer_id, event.at) == ("shadow", NAME, "C", record.scored_at)
    assert event.body is not None
    (model,) = event.body["models"]
    assert (model["model"], model["version"], model["log_odds"], model["weight"]) == ("xgboost", "3", -3.0, 1.0)
    assert (event.body["route"], event.body["score"], event.body["degraded"]) == (NAME, model["score"], [])
    assert event.body["probability_of_default"] == model["probability_of_default"] == pytest.approx(0.0474, abs=1e-4)
    assert event.body["decision"] == ROUTES.policy.decision(model["score"])
    assert house.shadow_outcomes == {(NAME, "stored"): 1}


def test_an_answer_is_given_while_the_shadow_model_blocks() -> None:
    blocking = Blocking()
    house = a_house(FakeModel("xgboost", ["d", "e"], blocking, version="3"))
    house.shadows.start()
    first = house.predict("A", **NEW)
    assert blocking.entered.wait(30)
    others = [house.predict(f"B{i}", **NEW) for i in range(20)]
    assert not blocking.released.is_set()
    assert all(each.stored for each in others)
    blocking.released.set()
    house.shadows.close(30)
    for scored in [first, *others]:
        assert shadow_of(house, scored.record).body


def test_what_does_not_fit_the_queue_is_dropped_and_counted(house: House) -> None:
    house.service._shadows = small = Shadows(house.service._routes, house.table, house._count, capacity=3)
    for i in range(5):
        assert house.predict(f"C{i}", **NEW).stored
    assert house.shadow_outcomes == {(NAME, "dropped: queue full"): 2}
    small.start()
    small.close(30)
    assert house.shadow_outcomes == {(NAME, "dropped: queue full"): 2, (NAME, "stored"): 3}
    house.predict("C9", **NEW)
    assert house.shadow_outcomes[NAME, "dropped: closed"] == 1


def test_a_table_that_is_out_of_reach_costs_the_shadow_score_and_nothing_else(house: House) -> None:
    house.table.unwritable = True
    house.shadows.start()
    assert not house.predict(**NEW).stored
    house.shadows.close(30)
    assert house.shadow_outcomes == {(NAME, "dropped: table unavailable"): 1}


def test_the_end_waits_no_longer_than_it_may() -> None:
    blocking = Blocking()
    house = a_house(FakeModel("xgboost", ["d", "e"], blocking))
    house.shadows.start()
    house.predict("A", **NEW)
    assert blocking.entered.wait(30)
    house.predict("B", **NEW)
    house.shadows.close(0.0)
    assert house.shadow_outcomes[NAME, "dropped: closed"] == 1
    blocking.released.set()


def test_what_a_shadow_cannot_score_is_told_with_the_reason(house: House) -> None:
    house.models.take_away("xgboost@candidate", "it was refused")
    house.shadows.start()
    record = house.predict(**NEW).record
    house.shadows.close(30)
    body = shadow_of(house, record).body
    assert body is not None
    assert body.keys() == {"route", "problem"}
    assert body["problem"] == "xgboost@candidate: it was refused"
    assert house.shadow_outcomes == {(NAME, "problem"): 1}


def test_a_defect_of_a_shadow_model_does_not_silence_the_next_one(caplog: pytest.LogCaptureFixture) -> None:
    def score(row: Row) -> float:
        if row[0] == 13.0:
            raise ZeroDivisionError
        return -2.0

    house = a_house(FakeModel("xgboost", ["d", "e"], score))
    house.shadows.start()
    house.predict("A", xgboost=[13.0, 2.0])
    until(lambda: house.shadow_outcomes[NAME, "failed"] == 1)
    house.predict("B", **NEW)
    house.shadows.close(30)
    assert house.shadow_outcomes == {(NAME, "failed"): 1, (NAME, "stored"): 1}
    assert "shadow scores failed" in caplog.text


def test_a_batch_is_shadowed_together_and_replays_and_refusals_are_not(house: House) -> None:
    requests = [ScoringRequest(f"C{i}", NEW) for i in range(10)]
    requests[3] = ScoringRequest("C3", {})
    house.service.predict_many(requests)
    house.shadows.start()
    house.shadows.close(30)
    candidate = house.every["xgboost@candidate"]
    assert [len(batch) for batch in candidate.batches] == [9]
    assert house.shadow_outcomes == {(NAME, "stored"): 9}


def test_only_routes_with_a_shadow_have_their_customers_shadowed(house: House) -> None:
    house.know("C")
    house.predict(**BOTH)
    house.shadows.start()
    house.shadows.close(30)
    assert house.shadow_outcomes == {}
    plain = House()
    plain.shadows.start()
    assert (plain.service._shadows, plain.shadows._thread) == (None, None)


def test_a_shadow_sees_the_champions_customers_and_the_challengers_alike() -> None:
    house = a_house(more='[routes.new.challenger]\nmodels = ["xgboost@candidate"]\nshare = 1')
    record = house.predict(**NEW).record
    house.shadows.start()
    house.shadows.close(30)
    assert record.route == "routes.new.challenger"
    assert shadow_of(house, record).key == NAME


def test_a_shadow_scores_with_the_models_of_the_answers_moment(house: House) -> None:
    record = house.predict(**NEW).record
    house.models._models["xgboost@candidate"] = FakeModel("xgboost", ["d", "e"], lambda _: 0.0, version="4")
    house.shadows.start()
    house.shadows.close(30)
    body = shadow_of(house, record).body
    assert body is not None
    assert body["models"][0]["version"] == "3"


def test_an_unchecked_input_is_read_before_it_waits() -> None:
    forest = FakeModel("forest", ["g"], lambda row: row[0])
    house = House(routes_and('[routes.new.shadow]\nmodels = ["forest@b"]'), {"forest@b": forest})
    good = house.predict("A", **NEW, forest={"g": 0.5}).record
    bad = house.predict("B", **NEW, forest=[[0] * 1000]).record
    waiting = list(house.shadows._queue)
    assert [each.job.request.features for each in waiting] == [{}, {}]
    house.shadows.start()
    house.shadows.close(30)
    body, problem = shadow_of(house, good).body, shadow_of(house, bad).body
    assert body is not None
    assert problem is not None
    assert body["models"][0]["log_odds"] == 0.5
    assert problem["problem"] == "forest@b: its input does not fit: features.forest[0] must be a number, not a list"


def test_a_defect_while_queueing_does_not_take_the_answer_away(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def defect(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("routing.shadow._bounded", defect)
    assert house.predict(**NEW).stored
    assert "could not be queued" in caplog.text
