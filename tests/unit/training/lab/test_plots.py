"""Pictures, and that the numbers beside them are those of the libraries."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, confusion_matrix, roc_auc_score, roc_curve

from evaluation.arrays import Floats
from laboratory.plan import ModelType
from tests.fakes.winners import winner
from training.lab import plots
from training.lab.learners import learner
from training.lab.shap_summary import contributions, shap_summary
from training.lab.words import Winner

THRESHOLD = 0.3


@pytest.fixture(scope="module")
def customers() -> tuple[Floats, Floats]:
    draw = np.random.default_rng(1)
    pd = draw.beta(2, 5, 2000)
    return (draw.random(2000) < pd).astype(float), pd


def test_the_roc_curve_is_scikit_learns(customers: tuple[Floats, Floats]) -> None:
    data = plots.roc(*customers, THRESHOLD).data
    false_positive, true_positive, _ = roc_curve(*customers)
    assert len(data["threshold"]) <= plots.MOST_POINTS
    assert set(data["true_positive_rate"]) <= set(true_positive)
    assert set(data["false_positive_rate"]) <= set(false_positive)
    assert data["auc_roc"]["value"] == pytest.approx(roc_auc_score(*customers), abs=1e-12)


def test_the_average_precision_is_scikit_learns(customers: tuple[Floats, Floats]) -> None:
    data = plots.precision_recall(*customers, THRESHOLD).data
    assert data["average_precision"] == pytest.approx(average_precision_score(*customers), abs=1e-12)


def test_the_counts_at_the_threshold_are_scikit_learns(customers: tuple[Floats, Floats]) -> None:
    counts = plots.confusion(*customers, THRESHOLD).data["counts"]
    assert counts == confusion_matrix(customers[0], customers[1] >= THRESHOLD).tolist()


def test_the_bars_of_each_class_add_up_to_one(customers: tuple[Floats, Floats]) -> None:
    data = plots.score_distribution(*customers, THRESHOLD).data
    assert sum(data["paid"]) == pytest.approx(1) == pytest.approx(sum(data["defaulted"]))


def test_the_calibration_picture_holds_every_customer_once(customers: tuple[Floats, Floats]) -> None:
    assert sum(each["n"] for each in plots.calibration(*customers).data["bins"]) == len(customers[0])


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_pictures_are_drawn_where_everybody_or_nobody_is_refused(
    customers: tuple[Floats, Floats], threshold: float
) -> None:
    for picture in plots.measured_on(*customers, threshold):
        assert picture.png.startswith(b"\x89PNG")
        json.dumps(picture.data, allow_nan=False)


def test_the_same_figures_give_the_same_bytes(customers: tuple[Floats, Floats]) -> None:
    assert plots.roc(*customers, THRESHOLD).png == plots.roc(*customers, THRESHOLD).png


@pytest.mark.parametrize("model_type", ["logistic_regression", "xgboost"])
def test_contributions_add_up_to_the_calibrated_log_odds(
    winner_of: Callable[[ModelType], Winner], model_type: ModelType
) -> None:
    of = winner_of(model_type)
    explained = contributions(of, seconds=0.2)
    before, rows = of.pipeline.named_steps.get("prepare"), explained.values
    matrix = rows if before is None else before.transform(rows)
    intercept, slope = of.calibration
    log_odds = intercept + slope * learner(model_type).log_odds(of.pipeline["model"], matrix)
    base = log_odds - explained.found.sum(axis=1)
    assert np.ptp(base) < 1e-4  # the boosted trees answer in 32 bits


def test_the_summary_names_what_moves_the_model_most() -> None:
    picture = shap_summary(winner())
    weights = dict(zip(picture.data["features"], picture.data["mean_absolute"], strict=True))
    assert min(weights, key=lambda name: weights[name]) == "age"
    assert picture.png.startswith(b"\x89PNG")
