"""Applications: scored by a route of their own, decided by the PD, recorded and replayed like every score."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.replay import Replayed, replay
from routing.requests import ScoringRequest
from routing.routes import Routes, RoutesError
from scoring.errors import InvalidRequest, ServiceError, Unavailable
from scoring.record import ScoreRecord
from tests.fakes.house import House
from tests.fakes.models import FakeModel
from tests.fakes.routes import routes_and
from tests.fakes.worlds import as_stored

DECLARED = """
[applications.boat]
models = ["boat"]
prediction_type = "boat_application"
medium_risk_from_pd = 0.1
high_risk_from_pd = 0.4
"""


def harbour(routes: Routes | None = None, threshold: float | None = 0.25) -> House:
    """A house with a model of boats: one feature, its log-odds."""
    boat = FakeModel("boat", ["length"], lambda row: row[0], threshold=threshold)
    return House(routes or routes_and(DECLARED), {"boat": boat})


def apply(house: House, log_odds: float, explain: bool = False) -> ScoreRecord:
    return house.service.predict(
        ScoringRequest("C", {"boat": {"length": log_odds}}, explain, application="boat")
    ).record


def test_an_application_is_scored_by_its_own_model_whoever_makes_it() -> None:
    house = harbour()
    first, second = apply(house, -3.0), apply(house, -3.0)
    assert [each.customer_type for each in (first, second)] == ["new", "existing"]
    assert {(each.route, each.prediction_type) for each in (first, second)} == {
        ("applications.boat", "boat_application")
    }
    assert [each.model for each in second.models] == ["boat"]


@given(st.floats(-10, 10), st.floats(0.01, 0.99))
def test_the_model_s_own_threshold_decides_to_the_last_digit(log_odds: float, threshold: float) -> None:
    record = apply(harbour(threshold=threshold), log_odds)
    assert (record.decision == "decline") == (record.probability_of_default >= threshold)
    level = (
        "high" if record.probability_of_default >= 0.4 else "medium" if record.probability_of_default >= 0.1 else "low"
    )
    assert record.risk_level == level


def test_a_declared_cut_off_goes_before_the_model_s_own() -> None:
    house = harbour(routes_and(DECLARED + "decline_from_pd = 0.9\n"), threshold=0.25)
    record = apply(house, 0.0)
    assert (record.probability_of_default, record.decision) == (0.5, "approve")
    assert record.provenance["policy"]["by_pd"]["decline_from"] == 0.9


@given(st.floats(-10, 10), st.booleans())
def test_an_application_s_record_is_replayed_equal(log_odds: float, explain: bool) -> None:
    house = harbour()
    record = apply(house, log_odds, explain)
    assert replay(as_stored(record), house.versions, {"code": "test"}) == Replayed(record.prediction_id, "equal")


def test_another_decision_than_the_threshold_gives_is_found_by_the_replay() -> None:
    house = harbour()
    record = as_stored(apply(house, math.log(0.3 / 0.7)))
    assert record.decision == "decline"
    object.__setattr__(record, "decision", "approve")
    assert [each.part for each in replay(record, house.versions, {"code": "test"}).differences] == ["decision"]


def test_nothing_is_decided_without_any_threshold() -> None:
    house = harbour(threshold=None)
    with pytest.raises(Unavailable, match=r"neither applications\.boat nor its model says"):
        apply(house, 0.0)
    assert not house.table.records


def test_a_wrong_field_is_named_and_a_missing_model_is_out_of_reach() -> None:
    house = harbour()
    with pytest.raises(InvalidRequest) as caught:
        house.service.predict(ScoringRequest("C", {"boat": {"length": "long"}}, application="boat"))
    assert [each.field for each in caught.value.errors] == ["features.boat.length"]
    house.models.take_away("boat")
    with pytest.raises(ServiceError, match="boat: its files are out of reach"):
        apply(house, 0.0)


def test_a_customer_s_prediction_may_not_use_an_application_s_model() -> None:
    with pytest.raises(InvalidRequest) as caught:
        harbour().predict(boat=[1.0])
    assert "is not a model of this service (social, traditional, xgboost)" in caught.value.errors[0].message


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('models = ["boat"]', 'models = ["boat", "ship"]'), "must list one model"),
        (("0.1", "0.5"), "must not be above high_risk_from_pd"),
        (("0.4", "1.0"), "must be above 0 and below 1"),
        (("medium_risk_from_pd = 0.1\n", ""), "medium_risk_from_pd is missing"),
        (('prediction_type = "boat_application"', 'prediction_type = "Boat"'), "lower-case"),
    ],
)
def test_a_wrong_declaration_is_refused_at_the_start(change: tuple[str, str], problem: str) -> None:
    with pytest.raises(RoutesError, match=problem):
        routes_and(DECLARED.replace(*change))


def test_a_store_without_the_model_of_an_application_is_healthy_and_one_with_a_bad_one_is_not() -> None:
    house = harbour()
    house.models.take_away("boat", "has no files in the model store", exists=False)
    assert (house.service.health().status, house.service.health().ready) == ("healthy", True)
    house.models.take_away("boat", "was refused: its digest is another")
    assert (house.service.health().status, house.service.health().ready) == ("degraded", True)
