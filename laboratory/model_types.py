"""What can be set of each model type: names, kinds, ranges, defaults. Imports no library: a request is judged by it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from laboratory.plan import MODEL_TYPES, ModelType, Plan, Setting
from scoring.errors import FieldError, InvalidRequest

MOST_SETTINGS: Final = 1000
"""Combinations of a grid without `trials`; a larger one is a mistake more often than a wish."""
MOST_TRIALS: Final = 200
FOLDS: Final = (2, 20)
MOST_SEED: Final = 2**32 - 1
LARGEST_COST: Final = 1e9
"""Of one mistake, in any unit: sums over all rows stay finite."""


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One setting of a model type.

    A number of [low, high] (`whole`: an integer), or, without these, one of `names` only. `names` beside a range are
    words that stand for a number ("sqrt"); None among them allows null. `default`: where nothing is asked for.
    """

    default: Setting
    low: float | None = None
    high: float | None = None
    whole: bool = False
    names: tuple[str | None, ...] = ()

    def problem(self, value: Setting) -> str | None:
        """What is wrong with one value, or None."""
        if (value is None or isinstance(value, str)) and value in self.names:
            return None
        if self.low is None or self.high is None or isinstance(value, bool) or not isinstance(value, int | float):
            return f"must be {self.expected}"
        if not math.isfinite(value) or (self.whole and value != int(value)) or not self.low <= value <= self.high:
            return f"must be {self.expected}"
        return None

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        words = [repr(name) if name is not None else "null" for name in self.names]
        if self.low is not None and self.high is not None:
            kind = "a whole number" if self.whole else "a number"
            words.insert(0, f"{kind} from {self.low:g} to {self.high:g}")
        return " or ".join(words)


def _number(default: float | None, low: float, high: float, *names: str | None) -> Hyperparameter:
    return Hyperparameter(default, low, high, names=names)


def _whole(default: int | None, low: int, high: int, *names: str | None) -> Hyperparameter:
    return Hyperparameter(default, low, high, whole=True, names=names)


HYPERPARAMETERS: Final[Mapping[ModelType, Mapping[str, Hyperparameter]]] = {
    "logistic_regression": {
        "C": _number(0.1, 1e-6, 1e6),
        "l1_ratio": _number(0.0, 0.0, 1.0),
        "max_iter": _whole(1000, 10, 100_000),
    },
    "random_forest": {
        "n_estimators": _whole(100, 1, 2000),
        "max_depth": _whole(12, 1, 64, None),
        "min_samples_leaf": _whole(5, 1, 100_000),
        "min_samples_split": _whole(2, 2, 100_000),
        "max_features": Hyperparameter("sqrt", 0.01, 1.0, names=("sqrt", "log2", None)),
        "criterion": Hyperparameter("gini", names=("gini", "entropy", "log_loss")),
    },
    "xgboost": {
        "n_estimators": _whole(1000, 1, 10_000),
        "early_stopping_rounds": _whole(50, 1, 1000, None),
        "max_depth": _whole(3, 1, 16),
        "learning_rate": _number(0.05, 1e-4, 1.0),
        "min_child_weight": _number(5.0, 0.0, 1e6),
        "subsample": _number(0.8, 0.05, 1.0),
        "colsample_bytree": _number(0.8, 0.05, 1.0),
        "gamma": _number(0.0, 0.0, 1e6),
        "reg_alpha": _number(0.0, 0.0, 1e6),
        "reg_lambda": _number(1.0, 0.0, 1e6),
    },
    "lightgbm": {
        "n_estimators": _whole(1000, 1, 10_000),
        "early_stopping_rounds": _whole(50, 1, 1000, None),
        "num_leaves": _whole(8, 2, 4096),
        "max_depth": _whole(None, 1, 64, None),
        "learning_rate": _number(0.05, 1e-4, 1.0),
        "min_child_samples": _whole(20, 1, 100_000),
        "subsample": _number(0.8, 0.05, 1.0),
        "colsample_bytree": _number(0.8, 0.05, 1.0),
        "min_split_gain": _number(0.0, 0.0, 1e6),
        "reg_alpha": _number(0.0, 0.0, 1e6),
        "reg_lambda": _number(1.0, 0.0, 1e6),
    },
    "dnn": {
        "hidden_units": _whole(32, 1, 1024),
        "hidden_layers": _whole(1, 0, 8),
        "activation": Hyperparameter("tanh", names=("tanh", "relu")),
        "dropout": _number(0.1, 0.0, 0.9),
        "learning_rate": _number(1.5e-3, 1e-6, 1.0),
        "weight_decay": _number(1e-3, 0.0, 10.0),
        "batch_size": _whole(256, 8, 65_536),
        "max_epochs": _whole(60, 1, 1000),
        "early_stopping_rounds": _whole(8, 1, 1000, None),
    },
}
"""Model type -> name -> what may be asked. Names are the libraries' own, so that their documentation holds."""


def defaults(model_type: ModelType) -> dict[str, Setting]:
    """Every hyperparameter of a type at its default."""
    return {name: each.default for name, each in HYPERPARAMETERS[model_type].items()}


def combinations(plan: Plan) -> int:
    """How many settings the plan's grid holds; 1 where nothing is to be chosen."""
    return math.prod(len(values) for values in plan.hyperparameters.values())


def check(plan: Plan) -> None:
    """Raise InvalidRequest with every wrong field: type, hyperparameters, grid, trials, folds, seed, costs."""
    if plan.model_type not in MODEL_TYPES:
        raise InvalidRequest(errors=[FieldError("model_type", f"must be one of {', '.join(MODEL_TYPES)}")])
    if errors := [*_hyperparameters(plan), *_search(plan), *_costs(plan)]:
        raise InvalidRequest(errors=errors)


def _hyperparameters(plan: Plan) -> Iterator[FieldError]:
    known = HYPERPARAMETERS[plan.model_type]
    for name, values in plan.hyperparameters.items():
        at = f"hyperparameters.{name[:64]}"
        if name not in known:
            yield FieldError(at, f"is not one of {plan.model_type}, which has {', '.join(known)}")
            continue
        if not values:
            yield FieldError(at, "must hold at least one value")
        for index, value in enumerate(values):
            if problem := known[name].problem(value):
                yield FieldError(at if len(values) == 1 else f"{at}[{index}]", problem)
            elif value in values[:index]:
                yield FieldError(f"{at}[{index}]", "is there twice")


def _search(plan: Plan) -> Iterator[FieldError]:
    if plan.trials is not None and not 1 <= plan.trials <= MOST_TRIALS:
        yield FieldError("trials", f"must be from 1 to {MOST_TRIALS}")
    if plan.trials is None and combinations(plan) > MOST_SETTINGS:
        yield FieldError(
            "hyperparameters",
            f"make a grid of {combinations(plan)} settings, more than {MOST_SETTINGS}: give fewer values, or trials",
        )
    if not FOLDS[0] <= plan.folds <= FOLDS[1]:
        yield FieldError("folds", f"must be from {FOLDS[0]} to {FOLDS[1]}")
    if not 0 <= plan.seed <= MOST_SEED:
        yield FieldError("seed", f"must be from 0 to {MOST_SEED}")
    if plan.balance not in ("none", "weights", "smote"):
        yield FieldError("balance", "must be one of none, weights, smote")


def _costs(plan: Plan) -> Iterator[FieldError]:
    costs = {"false_negative": plan.cost.false_negative, "false_positive": plan.cost.false_positive}
    for name, cost in costs.items():
        if not 0 <= cost <= LARGEST_COST:
            yield FieldError(f"cost.{name}", f"must be a number from 0 to {LARGEST_COST:,.0f}")
    if not any(costs.values()):
        yield FieldError("cost", "must not be 0 for both mistakes")
