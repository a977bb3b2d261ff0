"""The loan desk's model: what it learns from, what it is worth, what its bundle says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.loan import FEATURES, derived
from training.applications.loan import THRESHOLD, loan_table, plan, train_loan
from training.applications.made import METRICS, Made
from training.dataset import TrainingError
from training.lab.loan_applications import loan_applications, with_derived

AMOUNTS = st.floats(0, 1e9)


def test_it_reaches_the_reference_on_applications_that_it_never_saw(loan: Made) -> None:
    best = loan.beside["best_reachable_auc"]
    assert isinstance(best, float)
    assert 0.91 <= loan.figures.metrics["auc_roc"] <= best + 0.02
    assert loan.figures.metrics["accuracy"] >= 0.81
    assert len(loan.winner.split.test) == 150


def test_it_is_a_pipeline_of_scaling_encoding_and_a_hundred_trees(loan: Made) -> None:
    assert list(loan.winner.pipeline.named_steps) == ["columns", "prepare", "model"]
    model = loan.winner.pipeline["model"]
    assert (model.n_estimators, model.max_depth, model.learning_rate) == (100, 6, 0.1)
    assert model.reg_alpha > 0
    assert model.reg_lambda > 0
    raw = loan.winner.table.frame.iloc[loan.winner.split.test]
    assert loan.winner.pipeline.predict_proba(raw).shape == (150, 2)


def test_its_features_are_the_declared_ones_in_words_ranges_and_order_of_categories(loan: Made) -> None:
    assert {each.name: each for each in loan.winner.features} == {each.name: each for each in FEATURES}
    at = [each.name for each in loan.winner.features].index("home_ownership")
    frame = loan.winner.table.frame.head(200)
    codes = loan.winner.coded(frame)[:, at]
    assert [FEATURES[15].said(code) for code in codes] == list(frame["home_ownership"])


@given(st.lists(st.tuples(AMOUNTS, st.floats(0, 600), AMOUNTS), min_size=1, max_size=20))
def test_a_table_s_derived_columns_are_those_of_each_application_by_itself(rows: list[tuple[float, ...]]) -> None:
    frame = with_derived(pd.DataFrame(rows, columns=["loan_amount", "loan_term", "income"]))
    for row, found in zip(rows, frame.to_dict("records"), strict=True):
        for name, value in derived(*row).items():
            assert found[name] == value or (value is None and np.isnan(found[name]))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"age": 900.0}, "age must lie from 18 to 120; the first row where it does not is 3"),
        ({"income": np.nan}, "income has gaps, first in row 3"),
        ({"home_ownership": "castle"}, "home_ownership holds other categories than mortgage, own, rent"),
    ],
)
def test_a_table_is_held_to_what_a_client_may_send(change: dict[str, str | float], told: str) -> None:
    frame = loan_applications(400).frame.astype({"age": float, "income": float})
    for name, value in change.items():
        frame.loc[2, name] = value
    with pytest.raises(TrainingError, match=told):
        loan_table(frame, plan(), "a table")


def test_a_column_that_is_not_there_is_named() -> None:
    frame = loan_applications(400).frame
    with pytest.raises(TrainingError, match="savings is missing"):
        train_loan(frame.drop(columns="savings"), "a table", lambda _share, _stage: None)
    with pytest.raises(TrainingError, match="no column default"):
        train_loan(frame.drop(columns="default"), "a table", lambda _share, _stage: None)


def test_metrics_json_says_every_figure_with_its_interval(loan: Made, tmp_path: Path) -> None:
    loan.write(tmp_path)
    said = json.loads((tmp_path / METRICS).read_bytes())
    assert {"accuracy", "precision", "recall", "f1", "auc_roc", "best_reachable_auc"} <= said.keys()
    low, high = said["measured"]["intervals"]["auc_roc"]
    assert low < said["auc_roc"] < high
    assert said["measured"]["threshold"] == THRESHOLD
