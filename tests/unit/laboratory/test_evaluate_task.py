import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as referee

from evaluation.figures import METRICS
from laboratory.plan import CostWeights
from laboratory.ports import UnknownLabModel
from laboratory.tasks.evaluate import task
from scoring.errors import InvalidRequest, ModelUnavailable
from scoring.features import Feature
from tests.fakes.lab import FakeHeldOut, FakeLabModels, a_lab_model

FEATURES = [Feature("income"), Feature("home", categories=("own", "rent"), required=False)]
HELD = FakeHeldOut(
    np.array([[5.0, 0.0], [20.0, 1.0], [30.0, 0.0]] * 20),
    np.array([1.0, 0.0, 0.0] * 20),
    {"gender": np.array(["F", "M", "F"] * 20)},
)


def log_odds(row: tuple[float, ...]) -> float:
    return math.nan if row[0] < 0 else 1.0 - row[0] / 10


FIRST = a_lab_model(FEATURES, log_odds, threshold=0.3, reference={"income": 20.0, "home": "own"}, held_out=HELD)
SECOND = a_lab_model(FEATURES, lambda row: row[0] % 3, model_type="dnn", reference={"income": 20.0}, threshold=0.6)


def evaluated(**body: Any) -> dict[str, Any]:
    return task({"resamples": 100, **body}, SimpleNamespace(models=FakeLabModels(FIRST, SECOND)))


def refused(**body: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        evaluated(**body)
    return {each.field: each.message for each in caught.value.errors}


def customers(n: int = 400) -> tuple[list[int], list[float]]:
    generator = np.random.default_rng(11)
    pd = generator.beta(1.5, 4, n)
    return (generator.random(n) < pd).astype(int).tolist(), pd.tolist()


def rows(n: int = 100) -> list[dict[str, Any]]:
    return [
        {"income": 5 + i % 30, "home": "own", "bad": "yes" if i % 4 == 0 else "no", "sex": "FM"[i % 2]}
        for i in range(n)
    ]


def test_every_contracted_figure_is_a_number_at_the_top_level() -> None:
    labels, pd = customers()
    found = evaluated(labels=labels, probabilities=pd, threshold=0.3)
    expected = np.array(pd) >= 0.3
    assert found["accuracy"] == pytest.approx(referee.accuracy_score(labels, expected), abs=1e-9)
    assert found["auc_roc"] == pytest.approx(referee.roc_auc_score(labels, pd), abs=1e-9)
    assert found["average_precision"] == pytest.approx(referee.average_precision_score(labels, pd), abs=1e-9)
    assert all(isinstance(found[name], float) for name in METRICS)
    assert found["intervals"].keys() == set(METRICS)
    assert (found["not_said"], found["threshold"], found["threshold_from"]) == ({}, 0.3, "request")
    assert sum(found["confusion"].values()) == 400
    assert found["k_fold"]["scores"].keys() == set(METRICS)
    assert len(found["k_fold"]["scores"]["auc_roc"]["folds"]) == 5
    assert found["errors"]["high_confidence"]["n"] + found["errors"]["low_confidence"]["n"] == 400
    assert len(found["deciles"]) == 10
    assert found["calibration"]["slope"] == pytest.approx(1, abs=0.3)


def test_without_a_threshold_the_cheapest_one_is_chosen() -> None:
    labels, pd = customers()
    found = evaluated(labels=labels, probabilities=pd, cost={"false_negative": 5})
    assert found["threshold"] == found["business_cost"]["best_threshold"]
    assert found["threshold_from"] == "lowest cost on these rows"
    assert found["cost"] == found["business_cost"]["lowest_cost"] == found["business_cost"]["cost"]
    assert found["cost_weights"] == {"false_negative": 5.0, "false_positive": 1.0}
    cost = evaluated(labels=labels, probabilities=pd, cost={"false_negative": 5}, threshold=0.4)
    assert cost["cost"] >= found["cost"]
    assert found["business_cost"]["approve_all"] == 5 * sum(labels)


def test_curves_are_thin_enough_to_be_sent() -> None:
    labels, pd = customers(3000)
    curves = evaluated(labels=labels, probabilities=pd)["curves"]
    for name in ("roc", "precision_recall", "gain", "approval", "cost"):
        assert 50 < len(curves[name]["threshold"]) <= 200, name
    assert len(curves["reliability"]) == 10


def test_of_predictions_alone_only_what_they_can_say_is_said() -> None:
    labels, pd = customers()
    expected = [int(each >= 0.3) for each in pd]
    found = evaluated(labels=labels, predictions=expected)
    whole = evaluated(labels=labels, probabilities=pd, threshold=0.3)
    for name in ("accuracy", "precision", "recall", "f1", "specificity", "approval_rate", "cost"):
        assert found[name] == whole[name]
    for name in ("auc_roc", "brier", "rmse", "expected_calibration_error"):
        assert found[name] is None
        assert "only predictions" in found["not_said"][name]
        assert name not in found["intervals"]
        assert name not in found["k_fold"]["scores"]
    assert (found["threshold"], found["threshold_from"]) == (None, None)
    assert "curves" not in found


def test_one_class_is_answered_with_reasons() -> None:
    found = evaluated(labels=[0, 0, 0], probabilities=[0.1, 0.2, 0.9], threshold=0.5)
    assert found["auc_roc"] is None
    assert found["not_said"]["recall"] == "nobody defaulted"
    assert (found["curves"]["roc"], found["curves"]["precision_recall"], found["average_precision"]) == (None,) * 3
    assert found["calibration"]["slope"] is None
    assert found["specificity"] == pytest.approx(2 / 3)


def test_a_model_is_judged_on_raw_rows_at_its_own_threshold() -> None:
    data = [*rows(), {"bad": "no", "home": "rent", "sex": "F"}, {"income": -5, "bad": "no", "sex": "F"}]
    found = evaluated(model_type="xgboost", data=data, target="bad", default_value="yes", sensitive=["sex"])
    assert (found["n"], found["defaults"]) == (101, 25)
    assert (found["threshold"], found["threshold_from"]) == (0.3, "model")
    source = found["source"]
    assert source["model_type"] == "xgboost"
    assert source["imputed"] == {"income": {"rows": 1, "value": 20.0}, "home": {"rows": 1, "value": None}}
    assert source["ignored_columns"] == ("sex",)
    assert source["not_scored"] == 1
    pd = [1 / (1 + math.exp(row.get("income", 20.0) / 10 - 1)) for row in data[:-1]]
    labels = [row["bad"] == "yes" for row in data[:-1]]
    assert found["brier"] == pytest.approx(referee.brier_score_loss(labels, pd), abs=1e-9)
    assert found["fairness"]["attributes"]["sex"]["groups"][0]["n"] == 51


def test_a_model_without_rows_is_judged_on_its_validation_set() -> None:
    found = evaluated(model_type="xgboost", sensitive=["gender"])
    assert (found["n"], found["defaults"], found["source"]["data"]) == (60, 20, "the model's validation set")
    assert found["fairness"]["attributes"]["gender"]["groups"][0]["n"] == 40


def test_two_models_are_compared_on_the_same_people() -> None:
    found = evaluated(
        model_type="xgboost", data=rows(), target="bad", default_value="yes", compare_with={"model_type": "dnn"}
    )["comparison"]
    assert found["with"]["model_type"] == "dnn"
    assert found["threshold"] == 0.6
    assert found["auc_difference"]["value"] == pytest.approx(found["first"]["auc_roc"] - found["second"]["auc_roc"])
    assert found["brier_difference"]["value"] == pytest.approx(found["first"]["brier"] - found["second"]["brier"])
    accuracy = found["first"]["accuracy"] - found["second"]["accuracy"]
    assert found["accuracy_difference"]["value"] == pytest.approx(accuracy)


def test_equal_probabilities_differ_in_nothing() -> None:
    labels, pd = customers()
    found = evaluated(labels=labels, probabilities=pd, compare_with={"probabilities": pd})["comparison"]
    for name in ("auc_difference", "brier_difference", "accuracy_difference"):
        assert (found[name]["value"], found[name]["p_value"]) == (0, 1)


def test_a_comparison_of_one_default_says_what_it_cannot_say() -> None:
    found = evaluated(labels=[1, 0, 0], probabilities=[0.9, 0.1, 0.2], compare_with={"probabilities": [0.5, 0.4, 0.6]})
    assert found["comparison"]["not_said"] == {"auc_difference": "it needs two defaults and two non-defaults"}


def test_the_cost_weights_of_a_plan_are_the_default() -> None:
    labels, pd = customers(50)
    weights = CostWeights()
    wanted = {"false_negative": weights.false_negative, "false_positive": weights.false_positive}
    assert evaluated(labels=labels, probabilities=pd)["cost_weights"] == wanted


def test_the_model_that_is_asked_for_must_exist_and_score() -> None:
    with pytest.raises(UnknownLabModel):
        evaluated(model_type="lightgbm", data=rows(), target="bad", default_value="yes")
    with pytest.raises(ModelUnavailable):
        evaluated(model_type="xgboost", data=[{"income": -1, "bad": 0}] * 5, target="bad")


GIVEN: dict[str, Any] = {"labels": [0, 1, 1], "probabilities": [0.1, 0.7, 0.8]}
MODEL: dict[str, Any] = {"model_type": "xgboost", "data": rows(6), "target": "bad", "default_value": "yes"}


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({**GIVEN, "labels": None}, "labels", "is missing"),
        ({**GIVEN, "probabilities": None}, "probabilities", "is missing"),
        ({**GIVEN, "labels": [0, 1]}, "labels", "as many items as probabilities"),
        ({**GIVEN, "labels": [0, 1, None]}, "labels[2]", "must be 0 or 1"),
        ({**GIVEN, "probabilities": [0.1, 0.2, "x"]}, "probabilities[2]", "from 0 to 1"),
        ({**GIVEN, "predictions": [0, 1, 1]}, "predictions", "together with probabilities"),
        ({"labels": [0, 1], "predictions": [0, 1], "threshold": 0.5}, "predictions", "they need probabilities"),
        ({"labels": [0], "probabilities": [0.5]}, "labels", "two rows or more"),
        ({"labels": [], "probabilities": []}, "labels", "1 to 100,000"),
        ({**GIVEN, "target": "bad"}, "target", "needs a model_type"),
        ({**GIVEN, "folds": 1}, "folds", "from 2 to 50"),
        ({**GIVEN, "folds": 2.5}, "folds", "whole number"),
        ({**GIVEN, "cost": {"false_negative": 0, "false_positive": 0}}, "cost.false_negative", "must not be 0"),
        ({**GIVEN, "cost": {"fn": 3}}, "cost.fn", "is not a field"),
        ({**GIVEN, "cost": 3}, "cost", "must be an object"),
        ({**GIVEN, "threshold": True}, "threshold", "must be a number"),
        ({**GIVEN, "confidence_bound": 0.3}, "confidence_bound", "from 0.5 to 1"),
        ({**GIVEN, "compare_with": 3}, "compare_with", "must be an object"),
        ({**GIVEN, "compare_with": {}}, "compare_with.probabilities", "or a model_type"),
        ({**GIVEN, "compare_with": {"probabilities": [0.1]}}, "compare_with.probabilities", "each of 3 rows"),
        ({**GIVEN, "compare_with": {"model_type": "dnn"}}, "compare_with.model_type", "needs data"),
        ({**GIVEN, "sensitive": ["sex"]}, "data", "is missing"),
        ({**GIVEN, "sensitive": "sex"}, "sensitive", "must be a list"),
        ({**MODEL, "labels": [1]}, "labels", "together with model_type"),
        ({**MODEL, "target": None}, "target", "is missing"),
        ({**MODEL, "target": "good"}, "data[0].good", "is missing"),
        ({**MODEL, "default_value": "maybe"}, "target", "two values at most"),
        ({**MODEL, "default_value": ["yes"]}, "default_value", "number or text"),
        ({**MODEL, "data": None}, "target", "needs data"),
        ({**MODEL, "data": [{**rows(1)[0], "home": "castle"}]}, "data[0].home", "must be one of"),
        ({**MODEL, "data": [{**rows(1)[0], "income": "much"}]}, "data[0].income", "must be a number"),
        ({**MODEL, "data": [{**rows(1)[0], "bad": [1]}]}, "data[0].bad", "number or text"),
        ({**MODEL, "data": [{"bad": "yes"}]}, "data[0]", "at least one feature"),
        ({**MODEL, "model_version": 3}, "model_version", "must be text"),
        ({**MODEL, "sensitive": ["race"]}, "sensitive", "race is in no row"),
    ],
)
def test_what_is_wrong_is_named(body: dict[str, Any], field: str, message: str) -> None:
    assert message in refused(**body)[field]


def test_no_more_than_twenty_errors_are_listed() -> None:
    assert len(refused(**{**MODEL, "data": [{**rows(1)[0], "home": "castle"}] * 500})) == 20
    assert len(refused(**{**GIVEN, "labels": [7] * 500})) == 20
