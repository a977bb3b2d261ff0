import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from laboratory.fairness.request import MOST_INTERSECTED
from laboratory.tasks.fairness import task
from scoring.errors import InvalidRequest
from scoring.features import Feature
from tests.fakes.lab import FakeHeldOut, FakeLabModels, a_lab_model

ROWS = [{"gender": "F" if i % 2 else "M", "age": 18 + i % 60} for i in range(120)]
PREDICTIONS = [int(i % 3 == 0) for i in range(120)]
BODY: dict[str, Any] = {"data": ROWS, "predictions": PREDICTIONS, "sensitive_features": ["gender"]}
FEATURES = [Feature("income", required=False), Feature("home", categories=("own", "rent"), required=False)]
MODEL = a_lab_model(
    FEATURES,
    lambda row: math.nan if row[0] < 0 else 1.0 - row[0] / 10,
    threshold=0.4,
    held_out=FakeHeldOut(
        np.array([[5.0, 0.0], [20.0, 1.0], [30.0, 0.0]] * 20),
        np.array([1.0, 0.0, 0.0] * 20),
        {"gender": np.array(["F", "M", "F"] * 20)},
    ),
)


def analysed(**body: Any) -> dict[str, Any]:
    return task(body, SimpleNamespace(models=FakeLabModels(MODEL)))


def refused(**body: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        analysed(**body)
    return {each.field: each.message for each in caught.value.errors}


def test_an_approval_is_the_favourable_decision_and_the_answer_says_so() -> None:
    found = analysed(**BODY)
    assert "0, an approval, is the favourable decision" in found["convention"]
    rates = [each["selection_rate"]["value"] for each in found["attributes"]["gender"]["groups"]]
    assert rates == pytest.approx([2 / 3, 2 / 3])
    turned = analysed(**BODY, favorable_prediction=1)
    assert turned["attributes"]["gender"]["groups"][0]["selection_rate"]["value"] == pytest.approx(1 / 3)
    assert "prediction of 1 is the favourable decision" in turned["convention"]


def test_two_attributes_are_also_judged_together() -> None:
    found = analysed(**{**BODY, "sensitive_features": ["gender", "age"]}, bands={"age": [30, 60]})
    assert found["intersection"]["of"] == ["gender", "age"]
    groups = {each["group"] for each in found["intersection"]["groups"]}
    assert "gender=F & age=30 to below 60" in groups
    assert [each["group"] for each in found["attributes"]["age"]["groups"]] == [
        "30 to below 60",
        "60 and above",
        "below 30",
    ]
    assert analysed(**BODY)["not_said"] == {"intersection": "it needs two attributes"}


def test_more_groups_than_can_be_judged_together_are_told() -> None:
    rows = [{"a": str(i % 50), "b": str(i // 50)} for i in range(MOST_INTERSECTED + 1)]
    found = analysed(data=rows, predictions=[0] * len(rows), sensitive_features=["a", "b"])
    assert found["intersection"] is None
    assert "501 groups; at most 500" in found["not_said"]["intersection"]


def test_a_row_without_the_attribute_is_in_a_group_of_its_own() -> None:
    found = analysed(
        data=[{"x": True}, {"x": None}, {}, {"x": False}], predictions=[0, 1, 0, 1], sensitive_features=["x"]
    )
    counts = {each["group"]: each["n"] for each in found["attributes"]["x"]["groups"]}
    assert counts == {"(missing)": 2, "false": 1, "true": 1}
    numbers = analysed(data=[{"x": 1}, {"x": 1.0}, {"x": 0.5}], predictions=[0, 1, 0], sensitive_features=["x"])
    assert [(each["group"], each["n"]) for each in numbers["attributes"]["x"]["groups"]] == [("0.5", 1), ("1", 2)]


def test_probabilities_and_a_threshold_make_predictions() -> None:
    pd = [i / 120 for i in range(120)]
    found = analysed(data=ROWS, probabilities=pd, threshold=0.25, sensitive_features=["gender"], mitigation=True)
    overall = sum(each["selection_rate"]["value"] * each["n"] for each in found["attributes"]["gender"]["groups"]) / 120
    assert overall == pytest.approx(0.25)
    assert found["attributes"]["gender"]["mitigation"]["schemes"].keys() == {"equal_selection_rates"}
    assert found["attributes"]["gender"]["not_said"]["calibration"] == "it needs labels"
    assert "mitigation" not in analysed(**BODY)["attributes"]["gender"]


def test_a_model_decides_on_rows_with_its_own_threshold() -> None:
    rows: list[dict[str, Any]] = [
        {"income": 5 + i % 30, "gender": "F" if i % 2 else "M", "bad": i % 4 == 0} for i in range(80)
    ]
    found = analysed(model_type="xgboost", data=rows, target="bad", sensitive_features=["gender"])
    refuse = [1 / (1 + math.exp(row["income"] / 10 - 1)) >= 0.4 for row in rows]
    women = [not each for each, row in zip(refuse, rows, strict=True) if row["gender"] == "F"]
    assert found["attributes"]["gender"]["groups"][0]["selection_rate"]["value"] == pytest.approx(np.mean(women))
    assert found["threshold"] == 0.4
    assert found["source"]["model_version"] == MODEL.version
    assert found["source"]["imputed"] == {"home": {"rows": 80, "value": None}}
    assert found["attributes"]["gender"]["groups"][0]["calibration"] is not None
    blind = analysed(model_type="xgboost", data=rows, sensitive_features=["gender"])
    assert blind["attributes"]["gender"]["not_said"]["equal_opportunity_difference"] == "it needs labels"


def test_a_model_without_rows_is_judged_on_its_validation_set() -> None:
    found = analysed(model_type="xgboost", sensitive_features=["gender"])
    assert found["n"] == 60
    assert found["source"]["data"] == "the model's validation set"
    assert refused(model_type="xgboost", sensitive_features=["race"]) == {
        "sensitive_features": "race is not in the validation set, which has gender"
    }
    assert "bands" in refused(model_type="xgboost", sensitive_features=["gender"], bands={"gender": [1]})


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"sensitive_features": None}, "sensitive_features", "is missing"),
        ({"sensitive_features": []}, "sensitive_features", "1 to 10 different names"),
        ({"sensitive_features": ["gender"] * 2}, "sensitive_features", "different names"),
        ({"sensitive_features": ["race"]}, "sensitive_features", "race is in no row"),
        ({"sensitive_features": ["age"]}, "sensitive_features", "60 different numbers"),
        ({"bands": {"age": [1]}}, "bands.age", "is not one of"),
        ({"sensitive_features": ["age"], "bands": {"age": [3, 2]}}, "bands.age", "rising numbers"),
        ({"bands": {"gender": [1]}}, "sensitive_features", "must be numbers, to be banded"),
        ({"bands": 7}, "bands", "must be an object"),
        ({"predictions": [0.5] * 120}, "predictions[0]", "must be 0 or 1"),
        ({"predictions": [0]}, "data", "as many items as predictions"),
        ({"predictions": None}, "probabilities", "is missing"),
        ({"predictions": None, "probabilities": [0.1] * 120}, "predictions", "give a threshold"),
        ({"labels": [2] * 120}, "labels[0]", "must be 0 or 1"),
        ({"labels": [1]}, "labels", "as many items as predictions"),
        ({"probabilities": [1.5] * 120}, "probabilities[0]", "from 0 to 1"),
        ({"data": None}, "data", "is missing"),
        ({"data": [3]}, "data[0]", "must be an object"),
        ({"data": {}}, "data", "1 to 100,000 items"),
        ({"data": [*ROWS[:119], {"gender": 3}]}, "sensitive_features", "not a mixture"),
        ({"data": [{"gender": str(i)} for i in range(120)]}, "sensitive_features", "120 groups, not 50"),
        ({"data": [{"gender": "x" * 300}] * 120}, "sensitive_features", "more than 200 characters"),
        ({"data": [{"gender": 10**400}] * 120}, "sensitive_features", "numbers up to 1e15"),
        ({"data": [{"gender": [1]}] * 120}, "sensitive_features", "not a mixture"),
        ({"favorable_prediction": 2}, "favorable_prediction", "whole number from 0 to 1"),
        ({"confidence": 1}, "confidence", "from 0.5 to 0.999"),
        ({"threshold": 0.5}, "threshold", "together with predictions"),
        ({"mitigation": 1}, "mitigation", "true or false"),
        ({"reference_groups": {"gender": "X"}}, "reference_groups", "no such group"),
        ({"reference_groups": {"race": "X"}}, "reference_groups", "no such group"),
        ({"reference_groups": ["M"]}, "reference_groups", "must be an object"),
        ({"model_version": "1"}, "model_version", "needs a model_type"),
        ({"model_type": "astrology"}, "model_type", "must be one of"),
        ({"model_type": "xgboost"}, "predictions", "together with model_type"),
        ({"surprise": 1}, "surprise", "is not a field"),
    ],
)
def test_what_is_wrong_is_named(body: dict[str, Any], field: str, message: str) -> None:
    errors = refused(**{**BODY, **body})
    assert message in errors[field]


def test_a_named_reference_group_is_used() -> None:
    found = analysed(**BODY, reference_groups={"gender": "M"})
    assert found["attributes"]["gender"]["reference_group"] == "M"


def test_a_model_has_its_own_favourable_decision() -> None:
    assert "favorable_prediction" in refused(
        model_type="xgboost", sensitive_features=["gender"], favorable_prediction=1
    )
