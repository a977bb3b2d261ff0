"""Models of the laboratory, judged and compared."""

import math

import pytest
from sklearn import metrics as referee

from laboratory.ports import UnknownLabModel
from scoring.errors import ModelUnavailable
from tests.fakes.evaluated import customers, evaluated, rows


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


def test_what_means_default_is_what_it_meant_in_the_training() -> None:
    defaulted = [row for row in rows() if row["bad"] == "yes"]
    assert evaluated(model_type="logistic_regression", data=rows(), target="bad")["defaults"] == len(defaulted) == 25
    assert evaluated(model_type="logistic_regression", data=defaulted, target="bad")["defaults"] == 25


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


def test_the_model_that_is_asked_for_must_exist_and_score() -> None:
    with pytest.raises(UnknownLabModel):
        evaluated(model_type="lightgbm", data=rows(), target="bad", default_value="yes")
    with pytest.raises(ModelUnavailable):
        evaluated(model_type="xgboost", data=[{"income": -1, "bad": 0}] * 5, target="bad")
