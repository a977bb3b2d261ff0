"""Where a search looks when the plan names no values: each type's own space."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from laboratory.plan import ModelType, Setting

Suggest = Callable[[Any, str], Setting]
"""Asks an Optuna trial for a value of this name."""


@dataclass(frozen=True, slots=True)
class Between:
    """Numbers of [low, high], on a logarithmic scale or not, whole or not."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __call__(self, trial: Any, name: str) -> Setting:
        """A value for this trial."""
        if self.whole:
            return int(trial.suggest_int(name, int(self.low), int(self.high), log=self.log))
        return float(trial.suggest_float(name, self.low, self.high, log=self.log))


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these values."""

    values: tuple[Setting, ...]

    def __call__(self, trial: Any, name: str) -> Setting:
        """A value for this trial."""
        chosen: Setting = trial.suggest_categorical(name, self.values)
        return chosen


SPACES: Final[Mapping[ModelType, Mapping[str, Suggest]]] = {
    "logistic_regression": {"C": Between(1e-4, 100, log=True)},
    "random_forest": {
        "max_depth": Between(4, 20, whole=True),
        "min_samples_leaf": Between(2, 50, log=True, whole=True),
        "max_features": OneOf(("sqrt", 0.2, 0.35, 0.5)),
    },
    "xgboost": {
        "max_depth": Between(2, 6, whole=True),
        "learning_rate": Between(0.02, 0.2, log=True),
        "min_child_weight": Between(1, 30, log=True),
        "subsample": Between(0.6, 1),
        "colsample_bytree": Between(0.4, 1),
        "reg_lambda": Between(0.1, 30, log=True),
    },
    "lightgbm": {
        "num_leaves": Between(4, 48, log=True, whole=True),
        "learning_rate": Between(0.02, 0.2, log=True),
        "min_child_samples": Between(5, 100, log=True, whole=True),
        "subsample": Between(0.6, 1),
        "colsample_bytree": Between(0.4, 1),
        "reg_lambda": Between(0.1, 30, log=True),
    },
    "dnn": {
        "hidden_units": OneOf((16, 32, 64)),
        "hidden_layers": Between(1, 2, whole=True),
        "dropout": Between(0, 0.5),
        "learning_rate": Between(3e-4, 1e-2, log=True),
        "weight_decay": Between(1e-5, 0.1, log=True),
    },
}
