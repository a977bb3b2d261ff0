from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from laboratory.plan import MODEL_TYPES, ModelType, Plan
from tests.fakes.tables import bank_table
from training.lab.fit import train
from training.lab.pipelines import coded, columns, features, names_and_categories, prepare

NAN = float("nan")
QUICK = {"dnn": {"max_epochs": (3,)}, "random_forest": {"n_estimators": (5,)}}


def test_every_kind_of_column_is_coded_and_every_kind_of_gap_is_nan() -> None:
    frame = pd.DataFrame(
        {
            "text": ["b", None, "a"],
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "flag": pd.array([True, False, None], dtype="boolean"),
            "kind": pd.Categorical(["y", "x", None], categories=["y", "x", "never"]),
            "number": np.array([0.5, NAN, np.float32(2)]),
            "mixed": pd.Series([7, "7", NAN], dtype=object),
        }
    )
    step = columns(frame)
    assert names_and_categories(step) == (
        ["whole", "flag", "number", "text", "kind", "mixed"],
        [None, None, None, ("a", "b"), ("x", "y"), ("7",)],
    )
    np.testing.assert_array_equal(
        coded(step, frame), [[1, 1, 0.5, 1, 1, 0], [NAN, 0, NAN, NAN, 0, 0], [3, NAN, 2, 0, NAN, NAN]]
    )


def test_only_features_that_are_always_there_are_required() -> None:
    frame = pd.DataFrame({"always": [1.0, 2.0], "sometimes": [NAN, 1.0], "text": ["a", "b"]})
    step = columns(frame)
    later = pd.DataFrame({"always": [1.0], "sometimes": [1.0], "text": ["never seen"]})
    found = features(step, coded(step, pd.concat([frame, later])), protected=("always",))
    assert [(each.name, each.required, each.protected) for each in found] == [
        *(("always", True, True), ("sometimes", False, False)),
        ("text", False, False),
    ]


def test_a_linear_model_sees_standardised_numbers_flags_of_gaps_and_one_column_per_code() -> None:
    rows = np.array([[1.0, 0.0], [3.0, 1.0], [NAN, NAN], [2.0, 1.0]])
    step = prepare("logistic_regression", [None, 2])
    assert step is not None
    found = step.fit_transform(rows)
    np.testing.assert_allclose(found[:, 0], [-np.sqrt(2), np.sqrt(2), 0, 0])
    assert found[2, 1] > 0 > found[0, 1]
    np.testing.assert_array_equal(found[:, 2:], [[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 0, 1]])


def test_boosted_trees_take_the_coded_rows_as_they_are() -> None:
    assert prepare("xgboost", [None, 2]) is None
    assert prepare("lightgbm", [None, 2]) is None


@pytest.mark.parametrize("model_type", MODEL_TYPES)
@pytest.mark.parametrize("kept", [["income"], ["purpose"], ["branch", "purpose"]])
def test_numbers_alone_and_categories_alone_are_enough(model_type: ModelType, kept: list[str]) -> None:
    table = bank_table(300)
    winner = train(
        Plan("default", model_type, QUICK.get(model_type, {}), folds=2),
        replace(table, frame=table.frame[kept]),
        lambda _, __: None,
    )
    assert np.isfinite(winner.pd_test).all()


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_columns_that_a_fold_knows_nothing_of_do_no_harm(model_type: ModelType) -> None:
    """One value in the whole table: in most folds such a column is empty or constant where the model is fitted."""
    table = bank_table(300)
    is_there = np.arange(len(table.frame)) == 5
    frame = table.frame.assign(
        rare_number=np.where(is_there, 3.0, NAN),
        rare_text=np.where(is_there, np.array("only here", dtype=object), np.array(None, dtype=object)),
        rare_flag=is_there,
    )
    plan = Plan("default", model_type, QUICK.get(model_type, {}), folds=3)
    winner = train(plan, replace(table, frame=frame), lambda _, __: None)
    assert np.isfinite(winner.pd_test).all()
    assert np.isfinite(winner.folds["auc_roc"]).all()
