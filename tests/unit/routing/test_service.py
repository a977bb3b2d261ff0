"""The scoring service over fakes: what an answer is, what degrades it, and what is refused."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.requests import Scored, ScoringRequest
from routing.routes import Route
from routing.service import ScoringService
from scoring.errors import InvalidRequest, TableUnavailable, Unavailable
from tests.fakes.house import BOTH, NEW, House
from tests.fakes.routes import ROUTES


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
