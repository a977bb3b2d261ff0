"""What the evaluation task does not take, and what it says then."""

from typing import Any

import pytest

from tests.fakes.evaluated import refused, rows

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
