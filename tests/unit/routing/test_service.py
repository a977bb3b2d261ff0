"""The scoring service over fakes: what an answer is, what degrades it, and what is refused."""

import math
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.ports import HistoryQuery, KeyUse
from routing.requests import Scored, ScoringRequest
from routing.routes import Route
from routing.service import ScoringService
from scoring.errors import InvalidRequest, KeyInProgress, KeyReused, ServiceError, TableUnavailable, Unavailable
from scoring.identity import Clock
from tests.fakes.models import FakeModel, FakeModels
from tests.fakes.routes import ROUTES
from tests.fakes.table import MemoryOutbox, MemoryTable


class House:
    """A service over fakes, with everything in reach of a test."""

    def __init__(self) -> None:
        self.traditional = FakeModel("traditional", ["a", "b"], lambda row: -2.0 + row[0] - row[1])
        self.social = FakeModel("social", ["c"], lambda row: -3.0 + row[0], alone=(0.5, 0.5))
        self.xgboost = FakeModel("xgboost", ["d", "e"], lambda row: -1.0 - row[0] * row[1])
        self.models = FakeModels({"traditional": self.traditional, "social": self.social, "xgboost": self.xgboost})
        self.table, self.outbox = MemoryTable(), MemoryOutbox()
        self.service = ScoringService(ROUTES, self.models, self.table, self.outbox, Clock(), {"code": "test"})

    def know(self, customer_id: str) -> None:
        self.table.customers[customer_id] = {}

    def predict(
        self, customer_id: str = "C", *, key: KeyUse | None = None, explain: bool = False, **features: Any
    ) -> Scored:
        return self.service.predict(ScoringRequest(customer_id, features, explain, key))

    def error(self, customer_id: str = "C", *, key: KeyUse | None = None, **features: Any) -> ServiceError:
        with pytest.raises(ServiceError) as caught:
            self.predict(customer_id, key=key, **features)
        return caught.value


@pytest.fixture
def house() -> House:
    return House()


BOTH: dict[str, Any] = {"traditional": [1.0, 0.5], "social": [0.2]}
NEW: dict[str, Any] = {"xgboost": [1.0, 2.0]}


def test_a_new_customer_is_scored_by_the_new_route_and_is_existing_from_then_on(house: House) -> None:
    first = house.predict(**NEW, **BOTH).record
    second = house.predict(**NEW, **BOTH).record
    assert (first.customer_type, first.prediction_type) == ("new", "new_customer_xgboost")
    assert [each.model for each in first.models] == ["xgboost"]
    assert (second.customer_type, second.prediction_type) == ("existing", "multi_model_aggregate")
    assert [each.model for each in second.models] == ["traditional", "social"]


def test_the_aggregate_is_the_mean_of_the_scores_as_published(house: House) -> None:
    house.know("C")
    record = house.predict(**BOTH).record
    scores = [each.score for each in record.models]
    assert record.score == round(sum(scores) / 2, 1)
    log_odds = [each.log_odds for each in record.models]
    assert record.probability_of_default == pytest.approx(1 / (1 + math.exp(-sum(log_odds) / 2)))


@given(st.floats(-20, 20), st.floats(-20, 20), st.floats(-20, 20))
def test_whoever_reads_an_answer_can_check_its_mean(a: float, b: float, c: float) -> None:
    house = House()
    house.know("C")
    record = house.predict(traditional=[a, b], social=[c]).record
    assert abs(sum(each.score for each in record.models) / 2 - record.score) <= 0.05 + 1e-9


def test_a_failed_look_up_is_never_taken_for_a_new_customer(house: House) -> None:
    house.table.unreadable = True
    assert isinstance(house.error(**NEW, **BOTH), TableUnavailable)
    assert not house.xgboost.batches
    assert not house.outbox.writes


def test_a_customer_seen_before_is_scored_as_existing_while_the_table_is_down(house: House) -> None:
    house.predict(**NEW)
    house.table.unreadable = house.table.unwritable = True
    scored = house.predict(**BOTH)
    assert scored.record.customer_type == "existing"
    assert not scored.stored


def test_a_missing_input_degrades_visibly(house: House) -> None:
    house.know("C")
    record = house.predict(traditional=[1.0, 0.5]).record
    assert [each.model for each in record.models] == ["traditional"]
    assert [(each.model, each.reason) for each in record.degraded] == [("social", "its input is missing")]
    assert record.prediction_type == "multi_model_aggregate"
    assert record.models[0].weight == 1.0


def test_a_model_that_answers_alone_uses_its_own_calibration(house: House) -> None:
    house.know("C")
    together = house.predict(**BOTH).record.models[1].log_odds
    alone = house.predict(social=[0.2]).record.models[0].log_odds
    assert together == pytest.approx(-2.8)
    assert alone == pytest.approx(0.5 + 0.5 * -2.8)


def test_one_of_a_fallbacks_several_models_answers_alone_too(house: House) -> None:
    existing = Route("routes.existing", ("xgboost",), (1.0,), "single", ROUTES.by_customer_type["existing"])
    routes = replace(ROUTES, by_customer_type={**ROUTES.by_customer_type, "existing": existing})
    service = ScoringService(routes, house.models, house.table, house.outbox)
    house.know("C")
    record = service.predict(ScoringRequest("C", {"social": [0.2]})).record
    assert record.models[0].log_odds == pytest.approx(0.5 + 0.5 * -2.8)


@pytest.mark.parametrize("output", [math.nan, math.inf, -math.inf])
def test_an_output_that_is_no_probability_is_refused_before_aggregation(house: House, output: float) -> None:
    house.know("C")
    house.social._score = lambda _: output
    record = house.predict(**BOTH).record
    assert [each.model for each in record.models] == ["traditional"]
    assert record.degraded[0].reason == "it gave no usable probability of default"


def test_when_no_model_of_the_route_answers_the_declared_fallback_does(house: House) -> None:
    house.know("C")
    house.models.take_away("traditional")
    record = house.predict(**BOTH | {"social": [0.2]} | NEW).record
    assert record.prediction_type == "multi_model_aggregate"
    house.models.take_away("social", "it was refused")
    record = house.predict(**BOTH, **NEW).record
    assert record.prediction_type == "existing_customer_fallback_xgboost"
    assert (record.customer_type, [each.model for each in record.models]) == ("existing", ["xgboost"])
    assert {each.model: each.reason for each in record.degraded} == {
        "traditional": "its files are out of reach",
        "social": "it was refused",
    }


def test_missing_input_is_the_clients_to_mend_and_names_the_features(house: House) -> None:
    house.know("C")
    error = house.error()
    assert isinstance(error, InvalidRequest)
    assert {each.field: each.message for each in error.errors} == {
        "features.traditional": "is missing; it needs a, b",
        "features.social": "is missing; it needs c",
        "features.xgboost": "is missing; it needs d, e",
    }
    assert isinstance(house.error("N", **BOTH), InvalidRequest)


def test_models_out_of_reach_are_ours_to_mend(house: House) -> None:
    house.models.take_away("xgboost")
    error = house.error("N", **NEW)
    assert isinstance(error, Unavailable)
    assert not isinstance(error, InvalidRequest)
    house.know("C")
    house.models.take_away("traditional")
    assert isinstance(house.error(traditional=[1.0, 2.0]), Unavailable)


def test_wrong_input_is_refused_even_for_a_model_that_the_route_does_not_use(house: House) -> None:
    error = house.error("N", **NEW, traditional=[1.0], oracle=[1], social="high")
    assert isinstance(error, InvalidRequest)
    assert [each.field for each in error.errors] == ["features.traditional", "features.oracle", "features.social"]
    assert house.table.look_ups == 0


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


def test_a_key_goes_to_the_table_when_the_outbox_cannot_be_read(house: House) -> None:
    house.outbox.unreadable = True
    assert house.predict(key=KeyUse("k", "body"), **NEW).stored


def test_a_request_that_came_to_nothing_gives_its_key_back(house: House) -> None:
    key = KeyUse("k", "body")
    house.models.take_away("xgboost")
    house.error(key=key, **NEW)
    house.models.bring_back("xgboost")
    assert not house.predict(key=key, **NEW).replayed


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


def test_a_batch_is_scored_together_and_one_bad_item_spoils_nothing(house: House) -> None:
    requests = [ScoringRequest(f"C{i}", NEW) for i in range(5)]
    requests[2] = ScoringRequest("C2", {})
    outcomes = house.service.predict_many(requests)
    assert [isinstance(each, Scored) for each in outcomes] == [True, True, False, True, True]
    assert [len(batch) for batch in house.xgboost.batches] == [4]
    assert (house.table.look_ups, house.table.saves) == (1, 1)


def test_reasons_add_up_to_the_score_over_all_models_of_the_route(house: House) -> None:
    house.know("C")
    explanation = house.predict(explain=True, **BOTH).record.explanation
    assert explanation is not None
    points = sum(each.points for each in explanation.contributions)
    assert explanation.base_points + points + explanation.adjustment_points == pytest.approx(explanation.score)
    assert abs(explanation.adjustment_points) < 0.11
    assert explanation.reason_codes[0].code == "traditional.a"


def test_a_prediction_is_found_again_newest_first_and_in_pages(house: House) -> None:
    made = [house.predict(**NEW, **BOTH).record.prediction_id for _ in range(5)]
    page = house.service.search(HistoryQuery("C", limit=2))
    assert page.found
    assert page.more
    assert [each.prediction_id for each in page.records] == made[:-3:-1]
    assert page.latest is not None
    assert page.latest.scored_at == page.records[0].scored_at
    last = page.records[-1]
    rest = house.service.search(HistoryQuery("C", limit=10, before=(last.scored_at, last.prediction_id)))
    assert [each.prediction_id for each in rest.records] == made[2::-1]
    assert not rest.more


def test_an_unknown_customer_and_one_never_scored_are_told_apart(house: House) -> None:
    house.know("BANK")
    unknown, never = (house.service.search(HistoryQuery(each, limit=20)) for each in ("NOBODY", "BANK"))
    assert (unknown.found, unknown.latest, list(unknown.records)) == (False, None, [])
    assert (never.found, never.latest, list(never.records)) == (True, None, [])


def test_a_prediction_of_an_older_program_is_found_though_no_history_knows_it(house: House) -> None:
    house.table.customers["OLD"] = {"prediction_timestamp": "2024-01-01T00:00:00Z", "credit_score": 700.0}
    found = house.service.search(HistoryQuery("OLD", limit=20))
    assert found.unrecorded == found.latest is not None


def test_history_keeps_its_order_when_the_clock_steps_back(house: House) -> None:
    times = iter([datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 11, 30, tzinfo=UTC)])
    made = []
    for _ in range(2):  # a new clock each time: another process, on a machine whose time differs
        reading = next(times)
        service = ScoringService(ROUTES, house.models, house.table, house.outbox, Clock(lambda now=reading: now))  # type: ignore[misc]
        made.append(service.predict(ScoringRequest("C", {**NEW, **BOTH})).record.prediction_id)
    found = house.service.search(HistoryQuery("C", limit=5))
    assert [each.prediction_id for each in found.records] == made[::-1]


@pytest.mark.parametrize(
    ("away", "unreadable", "status", "ready"),
    [
        ([], False, "healthy", True),
        (["social"], False, "degraded", False),
        ([], True, "degraded", True),
        (["traditional", "social", "xgboost"], False, "unhealthy", False),
    ],
)
def test_health_says_what_is_out_of_reach(
    house: House, away: list[str], unreadable: bool, status: str, ready: bool
) -> None:
    for name in away:
        house.models.take_away(name)
    house.table.unreadable = unreadable
    health = house.service.health()
    assert (health.status, health.ready, health.table_ok) == (status, ready, not unreadable)
