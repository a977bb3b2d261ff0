"""One fit: coded rows in, a fitted `prepare` and model out, whatever the type, the balance and the stopping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer

from evaluation.arrays import Floats
from laboratory.plan import Balance, ModelType, Plan, Setting
from scoring.scale import LOG_ODDS_LIMIT
from training.dataset import TrainingError
from training.lab.balance import oversampled, weights
from training.lab.learners import Lesson, learner
from training.lab.pipelines import names_and_categories, prepare
from training.lab.split import share

STOPPING_SHARE = 0.15
"""Of the rows that a model is fitted on, those that only say when to stop."""


class DivergedError(TrainingError):
    """A fit ended in numbers that are not finite."""


@dataclass(frozen=True)
class Recipe:
    """What is fitted. `categories`: of each column of the coded rows, how many codes it has, or None for a number."""

    model_type: ModelType
    settings: Mapping[str, Setting]
    balance: Balance
    categories: Sequence[int | None]
    seed: int
    prepared: bool = False


def recipe(plan: Plan, settings: Mapping[str, Setting], columns: ColumnTransformer) -> Recipe:
    """The recipe of one setting of a plan, for rows that the fitted step `columns` codes."""
    counts = [None if each is None else len(each) for each in names_and_categories(columns)[1]]
    return Recipe(plan.model_type, settings, plan.balance, counts, plan.seed, plan.prepared)


@dataclass(frozen=True, eq=False)
class Fit:
    """The fitted steps after `columns`."""

    model_type: ModelType
    prepare: ColumnTransformer | None
    model: Any

    def log_odds(self, rows: Floats) -> Floats:
        """Log-odds of default [N] of coded rows [N, n], not calibrated, held as a served model's are. DivergedError."""
        given = learner(self.model_type).log_odds(self.model, _prepared(self.prepare, rows))
        if not np.isfinite(given).all():
            raise DivergedError(
                f"fitting the {self.model_type} diverged with these hyperparameters: ask for a lower learning_rate"
            )
        return np.clip(given, -LOG_ODDS_LIMIT, LOG_ODDS_LIMIT)


def fit(recipe: Recipe, rows: Floats, defaulted: Floats) -> Fit:
    """Fit on coded rows [N, n]. Raises TrainingError.

    The rows that stop the fit are set apart first: no synthetic row is made of them, nothing is fitted on them. They
    are weighted as the others are balanced, since a model that is taught balanced classes is judged by such.
    """
    module = learner(recipe.model_type)
    stops = module.STOPS_EARLY and recipe.settings["early_stopping_rounds"] is not None
    kept, held = share(defaulted, STOPPING_SHARE if stops else 0.0, recipe.seed)
    fit_rows, outcomes = (rows[kept], defaulted[kept]) if len(held) else (rows, defaulted)
    if recipe.balance == "smote":
        fit_rows, outcomes = oversampled(
            fit_rows, outcomes, [each is not None for each in recipe.categories], recipe.seed
        )
    before = prepare(recipe.model_type, recipe.categories, prepared=recipe.prepared)
    matrix = fit_rows if before is None else np.asarray(before.fit_transform(fit_rows), dtype=np.float64)
    lesson = Lesson(
        rows=matrix,
        defaulted=outcomes,
        weights=weights(outcomes, recipe.balance),
        stop_rows=_prepared(before, rows[held]) if len(held) else np.empty((0, matrix.shape[1])),
        stop_defaulted=defaulted[held],
        stop_weights=weights(defaulted[held], recipe.balance),
        seed=recipe.seed,
    )
    return Fit(recipe.model_type, before, module.fit(lesson, recipe.settings))


def _prepared(before: ColumnTransformer | None, rows: Floats) -> Floats:
    return rows if before is None else np.asarray(before.transform(rows), dtype=np.float64)
