from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from laboratory.model_types import HYPERPARAMETERS, MOST_TRIALS, check, combinations, defaults
from laboratory.plan import MODEL_TYPES, CostWeights, ModelType, Plan, Setting
from scoring.errors import InvalidRequest

PLAN = Plan("default", "xgboost", {"max_depth": (2, 3), "learning_rate": (0.1,)})


def fields(plan: Plan) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as raised:
        check(plan)
    return {error.field: error.message for error in raised.value.errors}


def asking(**hyperparameters: tuple[Setting, ...]) -> Plan:
    return replace(PLAN, hyperparameters=hyperparameters)


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_the_defaults_of_every_type_may_be_asked_for(model_type: ModelType) -> None:
    check(Plan("default", model_type, {name: (value,) for name, value in defaults(model_type).items()}))


def test_a_good_plan_passes_and_its_grid_is_counted() -> None:
    check(PLAN)
    assert combinations(PLAN) == 2
    assert combinations(replace(PLAN, hyperparameters={})) == 1


def test_each_wrong_value_is_named_with_its_place() -> None:
    assert fields(asking(max_depth=(3, 99, 2.5, True, "deep"))) == {
        f"hyperparameters.max_depth[{index}]": "must be a whole number from 1 to 16" for index in (1, 2, 3, 4)
    }


def test_a_value_alone_is_named_without_a_place() -> None:
    assert list(fields(asking(learning_rate=(float("nan"),)))) == ["hyperparameters.learning_rate"]


def test_an_unknown_hyperparameter_is_told_which_there_are() -> None:
    assert "max_depth" in fields(asking(depth=(3,)))["hyperparameters.depth"]


def test_null_and_words_pass_only_where_they_mean_something() -> None:
    check(asking(early_stopping_rounds=(None, 50)))
    check(Plan("default", "random_forest", {"max_features": ("sqrt", 0.5, None)}))
    assert fields(asking(max_depth=(None,))) == {"hyperparameters.max_depth": "must be a whole number from 1 to 16"}
    wrong = Plan("default", "random_forest", {"max_features": ("cube",)})
    assert fields(wrong) == {
        "hyperparameters.max_features": "must be a number from 0.01 to 1 or 'sqrt' or 'log2' or null"
    }


def test_a_value_that_is_there_twice_or_missing_is_refused() -> None:
    assert fields(asking(max_depth=(3, 3), gamma=())) == {
        "hyperparameters.max_depth[1]": "is there twice",
        "hyperparameters.gamma": "must hold at least one value",
    }


def test_a_grid_that_is_too_large_is_refused_unless_trials_limit_it() -> None:
    large = asking(**dict.fromkeys(("subsample", "colsample_bytree", "gamma", "reg_alpha"), (0.5, 0.6, 0.7, 0.8)))
    large = replace(large, hyperparameters={**large.hyperparameters, "max_depth": (1, 2, 3, 4, 5)})
    assert "1280 settings" in fields(large)["hyperparameters"]
    check(replace(large, trials=10))


def test_trials_folds_seed_costs_and_the_type_have_limits() -> None:
    wrong = replace(PLAN, trials=MOST_TRIALS + 1, folds=1, seed=-1, cost=CostWeights(0, 0))
    assert list(fields(wrong)) == ["trials", "folds", "seed", "cost"]
    assert list(fields(replace(PLAN, cost=CostWeights(1e308, 1)))) == ["cost.false_negative"]
    assert list(fields(replace(PLAN, cost=CostWeights(float("nan"), -1)))) == [
        "cost.false_negative",
        "cost.false_positive",
    ]
    assert list(fields(replace(PLAN, model_type="astrology"))) == ["model_type"]  # type: ignore[arg-type]


def test_a_request_can_be_judged_without_any_library() -> None:
    code = (
        "import sys, laboratory.model_types; "
        "print(sorted({'numpy', 'sklearn', 'pandas', 'xgboost', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_every_type_has_hyperparameters() -> None:
    assert set(HYPERPARAMETERS) == set(MODEL_TYPES)
