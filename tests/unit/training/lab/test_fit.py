from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.metrics import brier_score_loss, roc_auc_score

from laboratory.plan import MODEL_TYPES, Balance, CostWeights, ModelType, Plan, Setting
from scoring.errors import InvalidRequest
from tests.fakes.tables import bank_table
from training.dataset import TrainingError
from training.lab.files import write_model
from training.lab.fit import train
from training.lab.words import Table, Winner

METRICS = {
    *("accuracy", "precision", "recall", "f1", "specificity", "auc_roc", "gini", "ks", "brier", "log_loss"),
    *("expected_calibration_error", "rmse", "mae", "approval_rate", "default_rate_of_approved", "cost"),
}
FILES = {
    "logistic_regression": {"prepare.joblib", "model.pkl"},
    "random_forest": {"prepare.joblib", "model.pkl"},
    "xgboost": {"model.json"},
    "lightgbm": {"model.txt"},
    "dnn": {"prepare.joblib", "model.pt"},
}
WinnerOf = Callable[[ModelType], Winner]


def quietly(plan: Plan, table: Table) -> Winner:
    return train(plan, table, lambda _, __: None)


def written(winner: Winner, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    write_model(winner, folder)
    return {each.name: each.read_bytes() for each in folder.iterdir()}


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_every_type_learns_from_a_raw_table(model_type: ModelType, winner_of: WinnerOf) -> None:
    winner = winner_of(model_type)
    outcomes = winner.table.defaulted[winner.split.test]
    assert np.mean(winner.folds["auc_roc"]) > 0.65
    assert roc_auc_score(outcomes, winner.pd_test) > 0.65
    assert set(winner.folds) == METRICS
    assert {len(each) for each in winner.folds.values()} == {3}


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_the_pipeline_takes_the_raw_table_and_the_line_makes_its_pd(model_type: ModelType, winner_of: WinnerOf) -> None:
    winner = winner_of(model_type)
    frame = winner.table.frame.iloc[winner.split.test]
    raw = winner.pipeline.predict_proba(frame)[:, 1].astype(np.float64)
    intercept, slope = winner.calibration
    assert slope > 0
    np.testing.assert_allclose(
        expit(intercept + slope * logit(np.clip(raw, 1e-6, 1 - 1e-6))), winner.pd_test, atol=1e-5
    )


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_a_category_never_seen_and_gaps_everywhere_are_scored(model_type: ModelType, winner_of: WinnerOf) -> None:
    winner = winner_of(model_type)
    strange = winner.table.frame.iloc[:2].copy()
    strange["purpose"] = ["a yacht", None]
    strange.loc[strange.index[1], ["income", "age", "loan_amount"]] = np.nan
    assert np.isnan(winner.coded(strange)).sum() == 5 + np.isnan(winner.table.frame["age"].iloc[:1]).sum()
    assert np.isfinite(winner.pipeline.predict_proba(strange)).all()


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_two_trainings_give_the_same_bytes_and_another_seed_another_model(
    model_type: ModelType, winner_of: WinnerOf, tmp_path: Path
) -> None:
    first = winner_of(model_type)
    again = quietly(first.plan, bank_table())
    other = quietly(replace(first.plan, seed=8), bank_table())
    files = written(first, tmp_path / "first")
    assert set(files) == FILES[model_type]
    assert files == written(again, tmp_path / "again")
    assert files != written(other, tmp_path / "other")
    assert (first.calibration, first.threshold, first.folds) == (again.calibration, again.threshold, again.folds)


def test_features_are_numbers_then_categories_with_their_texts(winner_of: WinnerOf) -> None:
    features = winner_of("xgboost").features
    assert [feature.name for feature in features] == [
        *("income", "loan_amount", "age", "has_phone", "dependants"),
        *("purpose", "branch"),
    ]
    by_name = {feature.name: feature for feature in features}
    assert by_name["purpose"].categories == ("car", "education", "home")
    assert len(by_name["branch"].categories or ()) > 40
    assert (by_name["age"].required, by_name["purpose"].required, by_name["income"].required) == (False, False, True)
    frame = winner_of("xgboost").table.frame
    codes = winner_of("xgboost").coded(frame)[:, 5]
    texts = [("car", "education", "home")[int(code)] if code == code else None for code in codes]
    assert texts == [text if isinstance(text, str) else None for text in frame["purpose"]]


def test_a_sensitive_column_that_is_a_feature_is_protected() -> None:
    plan = Plan("default", "logistic_regression", folds=2, sensitive=("age",))
    assert [each.name for each in quietly(plan, bank_table()).features if each.protected] == ["age"]


@pytest.mark.parametrize("balance", ["weights", "smote"])
@pytest.mark.parametrize("model_type", ["logistic_regression", "xgboost", "lightgbm"])
def test_after_balancing_the_validation_part_repairs_the_probabilities(model_type: ModelType, balance: Balance) -> None:
    winner = quietly(Plan("default", model_type, balance=balance, folds=3), bank_table())
    outcomes = winner.table.defaulted[winner.split.validation]
    raw = winner.pipeline.predict_proba(winner.table.frame.iloc[winner.split.validation])[:, 1]
    assert raw.mean() > outcomes.mean() + 0.05
    assert winner.pd_validation.mean() == pytest.approx(outcomes.mean(), abs=1e-3)
    assert brier_score_loss(outcomes, winner.pd_validation) < brier_score_loss(outcomes, raw)
    assert np.mean(winner.folds["expected_calibration_error"]) < 0.1


def test_progress_rises_from_0_to_1_and_says_what_is_done() -> None:
    heard: list[tuple[float, str]] = []
    plan = Plan("default", "logistic_regression", {"C": (0.1, 1.0)}, folds=2)
    train(plan, bank_table(300), lambda share, stage: heard.append((share, stage)))
    shares = [share for share, _ in heard]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert "setting 2 of 2, fold 1 of 2" in [stage for _, stage in heard]


def test_costs_move_the_threshold() -> None:
    plan = Plan("default", "logistic_regression", folds=2)
    dear = quietly(replace(plan, cost=CostWeights(20, 1)), bank_table())
    cheap = quietly(replace(plan, cost=CostWeights(1, 1)), bank_table())
    assert dear.threshold < cheap.threshold


def test_few_rows_are_warned_of(winner_of: WinnerOf) -> None:
    small = quietly(Plan("default", "logistic_regression", folds=2), bank_table(150))
    assert "validation part holds only" in small.warnings[0]


def test_classes_that_are_told_apart_without_fault_are_still_calibrated() -> None:
    table = bank_table(300)
    x = np.linspace(-1, 1, 300)
    parted = replace(table, frame=pd.DataFrame({"x": x}), defaulted=(x > 0.2).astype(np.float64))
    winner = quietly(Plan("default", "logistic_regression", folds=3), parted)
    assert np.mean(winner.folds["auc_roc"]) == 1.0
    assert np.isfinite(winner.calibration).all()
    assert max(winner.folds["cost"]) <= 20


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda table: replace(table, frame=table.frame.iloc[:12], defaulted=table.defaulted[:12]), "too few rows"),
        (lambda table: replace(table, frame=pd.DataFrame({"x": np.ones(900)})), "no column is left"),
        (lambda table: replace(table, frame=table.frame[[]]), "no column is left"),
        (lambda table: replace(table, defaulted=(np.arange(900) < 20).astype(float)), "ask for fewer folds"),
    ],
)
def test_a_table_that_cannot_be_learnt_from_is_refused_with_what_to_do(
    change: Callable[[Table], Table], says: str
) -> None:
    with pytest.raises(TrainingError, match=says):
        quietly(Plan("default", "logistic_regression", folds=20), change(bank_table()))


def test_a_bad_plan_is_refused_before_anything_is_fitted() -> None:
    with pytest.raises(InvalidRequest):
        quietly(Plan("default", "xgboost", {"max_depth": (99,)}), bank_table())


def test_a_fit_that_diverges_is_refused_with_what_to_do() -> None:
    wild: dict[str, tuple[Setting, ...]] = {"learning_rate": (1.0,), "weight_decay": (10.0,), "batch_size": (8,)}
    wild |= {"early_stopping_rounds": (None,), "max_epochs": (20,)}
    with pytest.raises(TrainingError, match="lower learning_rate"):
        quietly(Plan("default", "dnn", wild, folds=2), bank_table(300))


def test_a_fit_that_may_not_go_to_its_end_is_taken_as_it_is() -> None:
    plan = Plan("default", "logistic_regression", {"max_iter": (10,), "l1_ratio": (0.5,)}, folds=2)
    assert np.mean(quietly(plan, bank_table()).folds["auc_roc"]) > 0.6


def test_columns_that_say_nothing_are_warned_of() -> None:
    """Every outcome comes as often with either value, in every part: nothing can rank better than chance."""
    draw = np.random.default_rng(5)
    table = replace(
        bank_table(),
        frame=pd.DataFrame({"x": draw.random(900)}),
        defaulted=(draw.random(900) < 0.3).astype(np.float64),
    )
    said = [quietly(Plan("default", "logistic_regression", folds=2, seed=seed), table).warnings for seed in range(6)]
    assert any("Cross-validation ranks no better than chance" in each for warnings in said for each in warnings)
    assert any("validation part no better than chance" in each for warnings in said for each in warnings)
