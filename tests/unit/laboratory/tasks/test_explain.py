"""The task behind POST /api/explain: what it answers, and what it refuses."""

from __future__ import annotations

import base64
import contextlib
import json
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from laboratory.plan import MODEL_TYPES, ModelType
from laboratory.ports import LabModel, UnknownLabModel
from laboratory.tasks.explain import explain_one, task
from laboratory.tasks.explain_shap import NO_INTERACTIONS
from scoring.errors import InvalidRequest
from scoring.features import Feature, Row
from scoring.scale import LOG_ODDS_LIMIT, ScoreScale, pd_of
from tests.fakes.lab import FakeHeldOut, FakeLabModels, a_lab_model

FEATURES = [
    Feature("age", integer=True),
    Feature("income"),
    Feature("debt", required=False),
    Feature("home", categories=("own", "rent")),
]
GIVEN = {"age": 30, "income": 40_000, "home": "rent", "shoe_size": 43}
METHODS: dict[str, dict[str, Any]] = {
    "shap": {},
    "global": {"scope": "global", "customers": 20, "evaluations": 2_000},
    "interactions": {"scope": "interactions"},
    "interactions over customers": {"scope": "interactions", "features": None},
    "lime": {"method": "lime", "samples": 200, "repeats": 2},
    "partial_dependence": {"method": "partial_dependence", "vary": ["income"]},
    "two": {"method": "partial_dependence", "vary": ["home", "income"], "points": 3},
    "counterfactual": {"method": "counterfactual"},
}


def log_odds(row: Row) -> float:
    age, income, debt, home = row
    together = 0.8 * home * (age < 40)
    return 1.0 - income / 40_000 + (0.3 if math.isnan(debt) else 0.5 * debt) + 0.6 * home + together


def a_sum(row: Row) -> float:
    return log_odds((50.0, *row[1:])) - row[0] / 100


def held_out(seed: int = 0, count: int = 60) -> FakeHeldOut:
    draw = np.random.default_rng(seed)
    columns = [draw.integers(20, 70, count), draw.lognormal(10.5, 0.4, count).round(), draw.exponential(1, count)]
    rows = np.column_stack([*columns, draw.integers(0, 2, count)]).astype(np.float64)
    rows[draw.random(count) < 0.2, 2] = np.nan
    return FakeHeldOut(rows, (draw.random(count) < 0.3).astype(np.float64))


def a_model(model_type: ModelType = "xgboost", threshold: float = 0.5) -> LabModel:
    score = a_sum if model_type == "logistic_regression" else log_odds
    reference = {"age": 40.0, "income": 35_000.0, "debt": None, "home": "own"}
    return a_lab_model(
        FEATURES, score, model_type=model_type, reference=reference, threshold=threshold, held_out=held_out()
    )


def ask(model: LabModel | None = None, **body: Any) -> dict[str, Any]:
    models = FakeLabModels(model or a_model())
    asked = {"features": GIVEN, "model_type": models.models[0].model_type, **body}
    return task(asked, SimpleNamespace(models=models))


def refused(**body: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as error:
        ask(**body)
    return {each.field: each.message for each in error.value.errors}


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_every_type_is_explained_in_log_odds_that_add_up_to_the_output_as_served(model_type: ModelType) -> None:
    model = a_model(model_type)
    answer = ask(model)
    row = (30.0, 40_000.0, math.nan, 1.0)
    assert answer["unit"] == "log-odds of default"
    assert answer["output"] == model.model.score([row])[0]
    assert answer["probability_of_default"] == pd_of(answer["output"])
    parts = answer["contributions"]
    total = answer["base_value"] + math.fsum(each["contribution"] for each in parts)
    assert total == pytest.approx(answer["output"], rel=1e-9)
    points = answer["base_points"] + math.fsum(each["points"] for each in parts)
    assert points == pytest.approx(answer["points"], rel=1e-9) == ScoreScale().points(answer["output"])
    sizes = [abs(each["contribution"]) for each in parts]
    assert sizes == sorted(sizes, reverse=True)
    assert {each["feature"]: each["value"] for each in parts} == {
        "age": 30.0, "income": 40_000.0, "debt": None, "home": "rent"
    }  # fmt: skip
    assert answer["exact"] is True
    assert answer["model_type"] == model_type


def test_what_was_left_out_and_what_is_not_known_are_listed() -> None:
    answer = ask()
    assert answer["imputed"] == [{"feature": "debt", "value": None}]
    assert answer["ignored_features"] == ["shoe_size"]


@pytest.mark.parametrize("name", METHODS)
def test_every_method_gives_the_same_answer_twice_as_plain_json(name: str) -> None:
    first, second = (json.dumps(ask(**METHODS[name]), allow_nan=False) for _ in range(2))
    assert first == second
    assert json.loads(first)["unit"] == "log-odds of default"


@pytest.mark.parametrize("name", [name for name in METHODS if name != "counterfactual"])
def test_a_picture_comes_where_one_is_asked_for(name: str) -> None:
    assert "plots" not in ask(**METHODS[name])
    plots = ask(plot=True, **METHODS[name])["plots"]
    assert plots
    assert all(base64.b64decode(each).startswith(b"\x89PNG") for each in plots.values())


def test_globally_features_come_by_importance_and_every_contribution_is_there() -> None:
    answer = ask(**METHODS["global"])
    importances = [each["importance"]["value"] for each in answer["features"]]
    assert importances == sorted(importances, reverse=True)
    told = {each["feature"]: each for each in answer["features"]}
    assert told["income"]["direction"] == "higher values lower the PD"
    assert told["home"]["categories"]["rent"] > told["home"]["categories"]["own"]
    swarm = answer["beeswarm"]
    assert len(swarm["contributions"]) == answer["customers"] == 20
    for contributions, output in zip(swarm["contributions"], swarm["outputs"], strict=True):
        assert answer["base_value"] + math.fsum(contributions) == pytest.approx(output, rel=1e-9)
    assert {each[swarm["features"].index("home")] for each in swarm["values"]} == {"own", "rent"}


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_the_matrix_of_interactions_adds_up_and_is_empty_for_a_sum(model_type: ModelType) -> None:
    answer = ask(a_model(model_type), scope="interactions")
    matrix = np.array(answer["matrix"])
    assert answer["base_value"] + matrix.sum() == pytest.approx(answer["output"], rel=1e-9)
    strongest = answer["pairs"][0]
    if model_type == "logistic_regression":
        assert answer["note"] == NO_INTERACTIONS
        assert strongest["interaction"] == 0
    else:
        assert set(strongest["features"]) == {"age", "home"}
        i, j = (answer["features"].index(name) for name in strongest["features"])
        assert strongest["interaction"] == 2 * matrix[i, j]


def test_over_customers_the_strongest_pair_is_the_one_that_interacts() -> None:
    answer = ask(features=None, scope="interactions")
    strongest = answer["pairs"][0]
    assert set(strongest["features"]) == {"age", "home"}
    assert 0 < strongest["interaction"]["low"] < strongest["interaction"]["value"] < strongest["interaction"]["high"]


def test_lime_says_how_well_it_fits_and_how_stable_it_is_and_that_it_is_no_reason() -> None:
    answer = ask(**METHODS["lime"])
    assert 0 < answer["fit"] <= 1
    assert 0 <= answer["stability"]["overlap_of_top_5"] <= 1
    assert answer["exact"] is False
    assert "not a reason code" in answer["note"]
    total = answer["base_value"] + math.fsum(each["contribution"] for each in answer["contributions"])
    assert total == pytest.approx(answer["local_output"], rel=1e-9)


def test_a_partial_dependence_names_categories_and_gaps() -> None:
    answer = ask(method="partial_dependence", vary=["home", "debt"], points=3, features=None)
    assert answer["grids"][0] == ["own", "rent"]
    assert answer["grids"][1][-1] is None
    assert np.array(answer["mean"]).shape == (2, 4)
    assert "imputed" not in answer


def test_each_counterfactual_brings_the_pd_below_the_threshold_when_it_is_scored_again() -> None:
    model = a_model(threshold=0.6)
    answer = ask(model, method="counterfactual", immutable=["home"])
    assert answer["probability_of_default"] >= 0.6
    assert answer["counterfactuals"]
    for found in answer["counterfactuals"]:
        changed = GIVEN | {each["feature"]: each["to"] for each in found["changes"]}
        assert not {"home", "debt"} & {each["feature"] for each in found["changes"]}  # held, and not known
        again = ask(model, features=changed)
        assert again["probability_of_default"] == pytest.approx(found["probability_of_default"])
        assert again["probability_of_default"] < 0.6


def test_where_nothing_needs_to_change_or_nothing_is_enough_it_is_said() -> None:
    stays = ask(a_model(threshold=0.99), method="counterfactual")
    assert stays["counterfactuals"] == []
    assert "already" in stays["note"]
    none = ask(method="counterfactual", target_pd=1e-5)
    assert none["counterfactuals"] == []
    assert "The search found none" in none["note"]


def test_customers_whose_log_odds_are_held_to_a_limit_are_not_compared_with() -> None:
    held = held_out()
    held.rows[:5, 1] = 5e6
    limited = a_lab_model(
        FEATURES,
        lambda row: max(a_sum(row), -LOG_ODDS_LIMIT),
        model_type="logistic_regression",
        reference={},
        held_out=held,
    )
    answer = ask(limited)
    assert answer["background"]["rows"] == 55
    assert answer["computed_by"] == ["additive (exact)"]


def test_within_a_prediction_the_same_contributions_are_told() -> None:
    assert explain_one(a_model(), GIVEN) == ask()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"method": "magic"}, {"method"}),
        ({"scope": "cosmic"}, {"scope"}),
        ({"method": "lime", "scope": "global"}, {"scope"}),
        ({"model_type": "astrology"}, {"model_type"}),
        ({"features": None}, {"features"}),
        ({"features": [1, 2]}, {"features"}),
        ({"features": {"shoe_size": 43}}, {"features"}),
        ({"features": GIVEN | {"home": "castle", "income": "much"}}, {"features.home", "features.income"}),
        ({"plot": "yes", "seed": -1, "background": 10**30}, {"plot", "seed", "background"}),
        ({"samples": True}, {"samples"}),
        ({"method": "partial_dependence"}, {"vary"}),
        ({"method": "partial_dependence", "vary": ["age", "age"]}, {"vary"}),
        ({"method": "partial_dependence", "vary": ["height"]}, {"vary.height"}),
        ({"method": "counterfactual", "immutable": ["height"], "ways": {"weight": "up"}}, None),
        ({"ways": {"age": "sideways"}}, {"ways"}),
        ({"ways": {"age": ["up"]}}, {"ways"}),
        ({"ranges": {"age": [5, 1]}}, {"ranges"}),
        ({"ranges": {"age": [0, 10**400]}}, {"ranges"}),
        ({"target_pd": 1}, {"target_pd"}),
        ({"model_version": 3, "experiment_name": ""}, {"model_version", "experiment_name"}),
        ({"explain": True}, {"explain"}),
    ],
)
def test_nonsense_is_refused_field_by_field(body: dict[str, Any], fields: set[str] | None) -> None:
    assert refused(**body).keys() == (fields or {"immutable.height", "ways.weight"})


def test_a_model_that_is_not_there_is_unknown() -> None:
    with pytest.raises(UnknownLabModel):
        ask(model_version="7")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = ["method", "scope", "plot", "seed", "vary", "immutable", "ways", "ranges", "target_pd", "count", "samples"]


@given(st.dictionaries(st.sampled_from(["features", "model_type", "model_version", *NAMES]), JSON, min_size=1))
def test_whatever_comes_is_answered_or_refused(body: dict[str, Any]) -> None:
    bench = SimpleNamespace(models=FakeLabModels(a_model()))
    asked: dict[str, Any] = {"features": GIVEN, "model_type": "xgboost", "method": "counterfactual", **body}
    with contextlib.suppress(InvalidRequest, UnknownLabModel):
        task(asked, bench)
