"""POST /api/predict: laboratory models asked about one applicant."""

from __future__ import annotations

import math
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from api import lab_predict
from api.auth import Guard
from api.install import install
from api.limits import AtMost
from api.metrics import Metrics
from laboratory.inputs import coded
from scoring.features import Feature
from scoring.scale import ScoreScale, pd_of
from tests.fakes.lab import FakeAnalyst, FakeLabModels, a_lab_model

FEATURES = [
    Feature("income"),
    Feature("debt", minimum=0.0, required=False),
    Feature("home", categories=("own", "rent"), required=False),
]
REFERENCE = {"income": 40_000.0, "debt": None, "home": "rent"}


def log_odds(row: tuple[float, ...]) -> float:
    income, debt, home = row
    return -1.0 - (0.0 if math.isnan(income) else income / 1e5) + (0.0 if math.isnan(debt) else debt) + home


class Lab:
    """The page over fakes: an older and a newer model of one type, of two experiments."""

    def __init__(self) -> None:
        older = a_lab_model(FEATURES, lambda row: 9.0, version="1", experiment="first", reference=REFERENCE)
        newer = a_lab_model(FEATURES, log_odds, version="2", experiment="second", reference=REFERENCE, threshold=0.25)
        self.analyst = FakeAnalyst(explain={"base_value": -1.0})
        app = Flask("test")
        install(app, Metrics(), b"x" * 32, [])
        models = FakeLabModels(older, newer)
        app.register_blueprint(
            lab_predict.blueprint(models, self.analyst, ScoreScale(), Guard([], None), AtMost(4), 4_096)
        )
        self.client: Any = app.test_client()

    def ask(self, features: object, **more: Any) -> Any:
        return self.client.post("/api/predict", json={"features": features, "model_type": "xgboost", **more})


def test_the_newest_model_of_the_type_answers_with_its_own_threshold() -> None:
    body = Lab().ask({"income": 50_000, "debt": 0.5, "home": "own"}).json
    assert (body["model_version"], body["experiment_name"], body["threshold"]) == ("2", "second", 0.25)
    assert body["probability_of_default"] == pd_of(-1.0)
    assert body["prediction"] == 1
    assert body["score"] == ScoreScale().score(-1.0)
    assert (body["imputed"], body["ignored_features"]) == ([], [])


def test_a_version_or_an_experiment_can_be_named() -> None:
    lab, features = Lab(), {"income": 1.0, "home": "own"}
    assert lab.ask(features, model_version="1").json["model_version"] == "1"
    assert lab.ask(features, experiment_name="first").json["model_version"] == "1"
    assert lab.ask(features, model_version="3").status_code == 404


def test_what_is_left_out_is_listed_with_what_stands_in_and_what_is_unknown_is_ignored_and_listed() -> None:
    body = Lab().ask({"home": "rent", "income": None, "shoe_size": 44}).json
    assert body["imputed"] == [{"feature": "income", "value": 40_000.0}, {"feature": "debt", "value": None}]
    assert body["ignored_features"] == ["shoe_size"]


def test_what_is_said_to_stand_in_is_what_the_model_was_given() -> None:
    model = a_lab_model(FEATURES, log_odds, reference=REFERENCE)
    found = coded(model, {"debt": 0.5})
    given = dict(zip(model.model.schema.names, model.model.schema.said(found.row), strict=True))
    assert found.imputed == {name: given[name] for name in ("income", "home")} == {"income": 40_000.0, "home": None}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"features": {"home": "castle"}}, "features.home"),
        ({"features": {"debt": -1}}, "features.debt"),
        ({"features": {"income": "much"}}, "features.income"),
        ({"features": {"income": True}}, "features.income"),
        ({"features": {"shoe_size": 44}}, "features"),
        ({"features": [1, 2]}, "features"),
        ({}, "features"),
        ({"features": {"income": 1}, "model_type": "astrology"}, "model_type"),
        ({"features": {"income": 1}, "model_type": ["xgboost"]}, "model_type"),
        ({"features": {"income": 1}, "explain": "yes"}, "explain"),
        ({"features": {"income": 1}, "model_version": 7}, "model_version"),
        ({"features": {"income": 1}, "colour": "blue"}, "colour"),
    ],
)
def test_a_wrong_request_is_refused_and_the_field_named(body: dict[str, Any], field: str) -> None:
    response = Lab().client.post("/api/predict", json={"model_type": "xgboost", **body})
    assert response.status_code == 422
    assert [each["field"] for each in response.json["errors"]] == [field]


def test_an_explanation_is_of_exactly_the_version_that_answered() -> None:
    lab = Lab()
    assert lab.ask({"home": "own"}, explain=True, model_version="2").json["explanation"] == {"base_value": -1.0}
    (task, asked), *_ = lab.analyst.asked
    assert (task, asked["model_version"], asked["features"]) == ("explain", "2", {"home": "own"})
    assert "explanation" not in lab.ask({"home": "own"}).json


def test_a_model_without_a_usable_answer_is_a_503() -> None:
    response = Lab().ask({"income": 1.0})  # without a home this one has none
    assert (response.status_code, response.json["type"]) == (503, "urn:problem-type:credit-api:model-unavailable")


LAB = Lab()
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["income", "debt", "home"]) | st.text(), ANYTHING))
def test_any_features_at_all_are_answered_or_refused_and_never_a_defect(features: dict[str, Any]) -> None:
    assert LAB.ask(features).status_code in (200, 400, 422, 503)
