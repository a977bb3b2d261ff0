"""A share of the customers is scored by a challenger, and nobody is worse off for it."""

from __future__ import annotations

import math
from typing import Any

import pytest

from routing.requests import Scored, ScoringRequest
from scoring.errors import InvalidRequest, Unavailable
from tests.fakes.house import BOTH, NEW, House
from tests.fakes.models import FakeModel
from tests.fakes.routes import routes_and

WEIGHTED = """
[routes.existing.challenger]
models = ["traditional@challenger", "social"]
weights = [3, 1]
share = 1
"""


def house_with(share: float = 1.0, names: tuple[str, ...] = ("d", "e"), more: str = "") -> House:
    """A house whose new customers are challenged, by a model of these features."""
    challenger = FakeModel("xgboost", names, lambda row: -4.0 + row[0], version="2")
    routes = routes_and(f'[routes.new.challenger]\nmodels = ["xgboost@challenger"]\nshare = {share}\n{more}')
    return House(routes, {"xgboost@challenger": challenger})


def test_a_challenger_answers_for_its_share_under_the_names_that_clients_know() -> None:
    house = house_with()
    record = house.predict(**NEW).record
    assert (record.route, record.prediction_type) == ("routes.new.challenger", "new_customer_xgboost")
    assert [(each.model, each.version, each.log_odds) for each in record.models] == [("xgboost", "2", -3.0)]
    assert (record.asked, record.inputs) == ({"xgboost": 1.0}, {"xgboost": {"d": 1.0, "e": 2.0}})
    assert record.degraded == ()
    assert house.xgboost.batches == []


def test_the_same_customers_are_challenged_every_time_single_and_in_batches() -> None:
    customers = [f"CUS{i}" for i in range(60)]
    routes = set()
    for _ in range(2):
        house = house_with(share=0.5)
        single = [house.predict(each, **NEW).record.route for each in customers]
        house = house_with(share=0.5)
        batch = house.service.predict_many([ScoringRequest(each, NEW) for each in customers])
        assert single == [each.record.route for each in batch if isinstance(each, Scored)]
        routes.add(tuple(single))
    assert len(routes) == 1
    assert set(routes.pop()) == {"routes.new", "routes.new.challenger"}


def test_a_challenger_has_its_own_weights_and_mixes_switches() -> None:
    traditional = FakeModel("traditional", ["a", "b"], lambda row: -1.0 + row[0], version="9")
    house = House(routes_and(WEIGHTED), {"traditional@challenger": traditional})
    house.know("C")
    record = house.predict(explain=True, **BOTH).record
    assert [(each.model, each.version, each.weight) for each in record.models] == [
        ("traditional", "9", 0.75),
        ("social", "1", 0.25),
    ]
    assert record.asked == {"traditional": 0.75, "social": 0.25}
    assert record.explanation is not None
    assert {each.model for each in record.explanation.contributions} == {"traditional", "social"}


def test_a_challenger_of_several_models_answers_with_those_that_can() -> None:
    traditional = FakeModel("traditional", ["a", "b"], lambda row: math.nan)
    house = House(routes_and(WEIGHTED), {"traditional@challenger": traditional})
    house.know("C")
    record = house.predict(**BOTH).record
    assert record.route == "routes.existing.challenger"
    assert [each.model for each in record.models] == ["social"]
    assert record.models[0].log_odds == pytest.approx(0.5 + 0.5 * -2.8)  # as one that answers alone
    assert [each.model for each in record.degraded] == ["traditional@challenger"]


@pytest.mark.parametrize("fault", ["away", "unusable", "other input"])
def test_where_the_challenger_cannot_answer_its_champion_does(fault: str) -> None:
    house = house_with(names=("d", "e", "f") if fault == "other input" else ("d", "e"))
    if fault == "away":
        house.models.take_away("xgboost@challenger", "it was refused")
    if fault == "unusable":
        house.every["xgboost@challenger"]._score = lambda _: math.inf
    record = house.predict(**NEW).record
    assert (record.route, record.models[0].version) == ("routes.new", "1")
    told = {
        "away": "it was refused",
        "unusable": "it gave no usable probability of default",
        "other input": "its input does not fit: features.xgboost must hold 3 numbers (d, e, f), not 2",
    }
    assert [(each.model, each.reason) for each in record.degraded] == [("xgboost@challenger", told[fault])]


def test_after_challenger_and_champion_the_routes_own_fallback_answers() -> None:
    house = House(routes_and('[routes.existing.challenger]\nmodels = ["social"]\nshare = 1'))
    house.know("C")
    house.models.take_away("social", "gone")
    house.models.take_away("traditional", "gone too")
    record = house.predict(**BOTH, **NEW).record
    assert record.route == "routes.existing.fallback"
    assert {each.model: each.reason for each in record.degraded} == {"social": "gone", "traditional": "gone too"}


def test_a_model_that_failed_for_the_challenger_is_not_asked_again_for_the_champion() -> None:
    house = House(routes_and('[routes.existing.challenger]\nmodels = ["social"]\nshare = 1'))
    house.know("C")
    house.social._score = lambda _: math.nan
    record = house.predict(**BOTH).record
    assert (record.route, len(house.social.batches)) == ("routes.existing", 1)
    assert [each.model for each in record.models] == ["traditional"]


def test_the_client_is_told_of_its_inputs_and_never_of_the_challengers() -> None:
    house = house_with()
    missing = house.error()
    assert isinstance(missing, InvalidRequest)
    assert [(each.field, each.message) for each in missing.errors] == [
        ("features.xgboost", "is missing; it needs d, e"),
    ]
    by_reference: dict[str, Any] = {"xgboost@challenger": [1, 2]}
    unknown = house.error(**NEW, **by_reference)
    assert isinstance(unknown, InvalidRequest)
    assert unknown.errors[0].message == "is not a model of this service (social, traditional, xgboost)"
    house.models.take_away("xgboost")
    house.models.take_away("xgboost@challenger")
    assert isinstance(house.error(**NEW), Unavailable)


@pytest.mark.parametrize("given", [[1.0], ["x"], {"g": "x"}, [[[]]]])
def test_an_input_that_only_the_challenger_knows_costs_nobody_an_answer(given: Any) -> None:
    other = FakeModel("forest", ["g", "h"], lambda row: -4.0 + row[0])
    routes = routes_and('[routes.new.challenger]\nmodels = ["forest@b"]\nshare = 1')
    house = House(routes, {"forest@b": other})
    assert house.predict("A", **NEW, forest=[1.0, 2.0]).record.models[0].model == "forest"
    assert house.predict("B", **NEW, forest=given).record.route == "routes.new"
    assert house.predict("D", **NEW).record.route == "routes.new"
    assert isinstance(house.error("E", **NEW, forest="x"), InvalidRequest)


def test_a_challenger_that_is_not_there_takes_no_machine_out_of_service() -> None:
    house = house_with()
    house.models.take_away("xgboost@challenger")
    health = house.service.health()
    assert (health.status, health.ready) == ("degraded", True)
    house.models.take_away("xgboost")
    assert not house.service.health().ready
