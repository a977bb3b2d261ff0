from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline

from laboratory.model_types import check, defaults
from laboratory.plan import MODEL_TYPES, ModelType, Plan, Setting
from tests.fakes.tables import bank_table
from training.lab.pipelines import columns, names_and_categories, prepare
from training.lab.search import Fold, is_grid, search, trials
from training.lab.spaces import SPACES
from training.lab.split import folds
from training.lab.words import Table, Trial


def searched(plan: Plan, table: Table | None = None) -> tuple[Trial, ...]:
    table = table or bank_table(400)
    cut = [Fold.of(table.frame, table.defaulted, *rows) for rows in folds(table.defaulted, plan.folds, plan.seed)]
    best, tried = search(plan, cut, lambda _, __: None)
    assert best.trial == max(tried, key=lambda each: sum(each.auc))
    return tried


def test_a_small_grid_gives_the_figures_of_scikit_learns_grid_search() -> None:
    plan = Plan("default", "logistic_regression", {"C": (0.01, 0.1, 1.0)}, folds=4, seed=3)
    table = bank_table(400)
    # a category of one training fold only has a column there and none in another: the 60 branches are left out
    table = replace(table, frame=table.frame.drop(columns="branch"))
    step = columns(table.frame)
    counts = [None if each is None else len(each) for each in names_and_categories(step)[1]]
    pipeline = Pipeline(
        [
            ("columns", step),
            ("prepare", prepare("logistic_regression", counts)),
            ("model", LogisticRegression(max_iter=1000)),
        ]
    )
    cut = StratifiedKFold(4, shuffle=True, random_state=3)
    theirs = GridSearchCV(pipeline, {"model__C": [0.01, 0.1, 1.0]}, scoring="roc_auc", cv=cut)
    theirs.fit(table.frame, table.defaulted)
    ours = searched(plan, table)
    np.testing.assert_allclose(
        [np.mean(each.auc) for each in ours], theirs.cv_results_["mean_test_score"], rtol=0, atol=1e-9
    )


def test_a_grid_is_tried_whole_in_its_order() -> None:
    tried = searched(Plan("default", "xgboost", {"max_depth": (1, 2), "n_estimators": (5, 9)}, folds=2))
    assert [(each.hyperparameters["max_depth"], each.hyperparameters["n_estimators"]) for each in tried] == [
        *((1, 5), (1, 9)),
        *((2, 5), (2, 9)),
    ]
    assert {len(each.auc) for each in tried} == {2}


def test_a_large_grid_is_searched_within_its_values_and_repeatably() -> None:
    grid = {"C": tuple(10.0**power for power in range(-5, 5)), "l1_ratio": (0.0,), "max_iter": (500, 900)}
    plan = Plan("default", "logistic_regression", grid, folds=4, seed=1, trials=6)
    tried = searched(plan)
    assert 1 < len(tried) <= 6
    assert all(each.hyperparameters[name] in values for each in tried for name, values in grid.items())
    assert tried == searched(plan)
    assert tried != searched(Plan("default", "logistic_regression", grid, folds=4, seed=2, trials=6))


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_trials_without_a_grid_begin_at_the_defaults_and_stay_in_what_may_be_asked_for(model_type: ModelType) -> None:
    quick = {"dnn": {"max_epochs": (2,)}, "random_forest": {"n_estimators": (3,)}}
    fixed = quick.get(model_type, {"n_estimators": (10,)} if model_type != "logistic_regression" else {})
    plan = Plan("default", model_type, fixed, folds=2, trials=3)
    tried = searched(plan, bank_table(200))
    given = {name: values[0] for name, values in fixed.items()}
    assert tried[0].hyperparameters == defaults(model_type) | given
    assert len(tried) == 3
    for each in tried:
        check(Plan("default", model_type, {name: (value,) for name, value in each.hyperparameters.items()}))
        assert given.items() <= each.hyperparameters.items()
    assert set(SPACES[model_type]) <= set(defaults(model_type))


def test_how_many_settings_are_tried() -> None:
    grid = {"C": tuple(float(each) for each in range(1, 13))}
    assert (trials(Plan("y", "logistic_regression")), is_grid(Plan("y", "logistic_regression"))) == (1, True)
    assert (trials(Plan("y", "logistic_regression", grid)), is_grid(Plan("y", "logistic_regression", grid))) == (
        12,
        True,
    )
    larger = Plan("y", "logistic_regression", grid | {"max_iter": (100, 200, 300)})
    assert (trials(larger), is_grid(larger)) == (20, False)
    limited = Plan("y", "logistic_regression", grid, trials=5)
    assert (trials(limited), is_grid(limited)) == (5, False)


def test_a_setting_that_diverges_tells_nobody_apart_and_does_not_end_the_search() -> None:
    grid: dict[str, tuple[Setting, ...]] = {"learning_rate": (1.0, 0.001), "weight_decay": (10.0,), "batch_size": (8,)}
    wild, tame = searched(Plan("default", "dnn", grid | {"max_epochs": (3,)}, folds=2), bank_table(300))
    assert wild.auc == (0.5, 0.5)
    assert np.mean(tame.auc) > 0.6
