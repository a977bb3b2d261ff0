"""What is asked of a training job, as plain words that a request, a command and a job's folder share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

ModelType = Literal["logistic_regression", "random_forest", "xgboost", "lightgbm", "dnn"]
MODEL_TYPES: Final[tuple[ModelType, ...]] = ("logistic_regression", "random_forest", "xgboost", "lightgbm", "dnn")
Balance = Literal["none", "weights", "smote"]
Setting = bool | int | float | str | None
"""One value of a hyperparameter."""


@dataclass(frozen=True, slots=True)
class CostWeights:
    """What a wrong decision costs, in any unit: a default that was granted, and a good customer who was refused."""

    false_negative: float = 10.0
    false_positive: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to train, and how.

    `hyperparameters`: name -> the values to try (one value: no choice). Several make a grid, tried whole where it is
    small, else searched in `trials` trials. `trials` without a grid searches the type's own space; None: its defaults.
    `default_value`: the target's value that means default. `sensitive`: columns that the fairness figures are for; a
    model sees those that are also features. `left_out`: columns that are no features (ids, sensitive ones, leaks).
    `prepared`: boosted trees, too, are given scaled numbers and one column for each category.
    """

    target: str
    model_type: ModelType
    hyperparameters: Mapping[str, tuple[Setting, ...]] = field(default_factory=dict)
    experiment: str = "credit_scoring"
    default_value: Setting = 1
    seed: int = 0
    folds: int = 5
    balance: Balance = "none"
    trials: int | None = None
    sensitive: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    cost: CostWeights = CostWeights()
    prepared: bool = False


def bundle_name(model_type: ModelType) -> str:
    """The model's name in the model store: what the laboratory made lies apart from what routes use."""
    return f"lab_{model_type}"
