from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import run
from typing import Any

import numpy as np
import pytest
import torch
import xgboost
from lightgbm import Booster

from evaluation.discrimination import auc
from laboratory.model_types import defaults
from laboratory.plan import MODEL_TYPES, ModelType
from training.lab.files import write_model
from training.lab.learners import Lesson, learner
from training.lab.soft_steps import soft_steps
from training.lab.words import Winner

WinnerOf = Callable[[ModelType], Winner]


def lesson(stops: int = 200) -> Lesson:
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(600, 3))
    defaulted = (draw.random(600) < 1 / (1 + np.exp(1 - rows[:, 0]))).astype(np.float64)
    ones = np.ones(600)
    return Lesson(rows[stops:], defaulted[stops:], ones[stops:], rows[:stops], defaulted[:stops], ones[:stops], seed=3)


def rounds_of(model: Any) -> int:
    """Trees of a model, or epochs of a net."""
    if hasattr(model, "history"):
        return len(model.history)
    return int(model.booster_.num_trees() if hasattr(model, "booster_") else model.get_booster().num_boosted_rounds())


def test_what_xgboost_writes_holds_exactly_the_trees_that_score(winner_of: WinnerOf, tmp_path: Path) -> None:
    winner = winner_of("xgboost")
    write_model(winner, tmp_path)
    booster = xgboost.Booster(model_file=tmp_path / "model.json")
    rows = winner.coded(winner.table.frame)
    assert 1 < booster.num_boosted_rounds() < 1000
    margins = booster.predict(xgboost.DMatrix(rows), output_margin=True)
    np.testing.assert_array_equal(margins, learner("xgboost").log_odds(winner.pipeline["model"], rows))


def test_what_lightgbm_writes_gives_its_log_odds(winner_of: WinnerOf, tmp_path: Path) -> None:
    winner = winner_of("lightgbm")
    write_model(winner, tmp_path)
    booster = Booster(model_file=tmp_path / "model.txt")
    rows = winner.coded(winner.table.frame)
    assert 1 < booster.num_trees() < 1000
    np.testing.assert_allclose(
        booster.predict(rows, raw_score=True),
        learner("lightgbm").log_odds(winner.pipeline["model"], rows),
        rtol=1e-12,
    )


def test_what_the_net_writes_is_read_without_running_anything(winner_of: WinnerOf, tmp_path: Path) -> None:
    write_model(winner_of("dnn"), tmp_path)
    checkpoint = torch.load(tmp_path / "model.pt", weights_only=True)
    assert checkpoint["model_config"] == {"activation": "tanh"}
    shapes = [tuple(each.shape) for each in checkpoint["model_state_dict"].values()]
    assert shapes[-2:] == [(1, 32), (1,)]


@pytest.mark.parametrize("model_type", ["xgboost", "lightgbm", "dnn"])
def test_without_early_stopping_every_round_is_fitted(model_type: ModelType) -> None:
    rounds = {"max_epochs": 7} if model_type == "dnn" else {"n_estimators": 7}
    model = learner(model_type).fit(lesson(), defaults(model_type) | rounds | {"early_stopping_rounds": None})
    assert rounds_of(model) == 7


@pytest.mark.parametrize("model_type", ["xgboost", "lightgbm", "dnn"])
def test_noise_stops_a_fit_long_before_its_last_round(model_type: ModelType) -> None:
    plain = lesson()
    flipped = Lesson(
        plain.rows, plain.defaulted, plain.weights, plain.stop_rows, 1 - plain.stop_defaulted, plain.stop_weights, 3
    )
    settings = defaults(model_type) | {"early_stopping_rounds": 3}
    found = learner(model_type).fit(flipped, settings)
    assert rounds_of(found) <= 6


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("layers", [0, 2])
def test_a_net_of_any_depth_learns(activation: str, layers: int) -> None:
    given = lesson()
    settings = defaults("dnn") | {
        "activation": activation,
        "hidden_layers": layers,
        "learning_rate": 0.01,
        "batch_size": 64,
    }
    found = learner("dnn").log_odds(learner("dnn").fit(given, settings), given.rows)
    assert auc(given.defaulted, found).value > 0.7


def test_the_first_layer_has_a_step_between_quantiles_and_none_for_a_constant() -> None:
    rows = np.column_stack([np.arange(100.0), np.ones(100), np.arange(100) % 2]).astype(np.float32)
    weight, bias = soft_steps(rows, "tanh")
    assert [(row != 0).argmax() for row in weight] == [0, 0, 0, 0, 0, 2]
    np.testing.assert_allclose(weight[0] @ [9.9, 0, 0] + bias[0], 0, atol=1e-5)
    assert [each.shape for each in soft_steps(np.ones((5, 2), dtype=np.float32), "relu")] == [(1, 2), (1,)]


def test_the_line_and_the_forest_need_no_other_framework() -> None:
    code = (
        "import sys; from training.lab.learners import learner; learner('logistic_regression');"
        "learner('random_forest'); print(sorted({'torch', 'xgboost', 'lightgbm'} & set(sys.modules)))"
    )
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_every_type_has_a_learner() -> None:
    assert {learner(model_type).STOPS_EARLY for model_type in MODEL_TYPES} == {True, False}
