"""Which setting is best: every setting of a small grid, or a seeded search, by stratified cross-validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer

from evaluation.arrays import Floats
from evaluation.discrimination import auc
from laboratory.model_types import combinations, defaults
from laboratory.plan import Plan, Setting
from training.dataset import Rows
from training.lab.fitting import DivergedError, fit, recipe
from training.lab.pipelines import coded, columns
from training.lab.spaces import SPACES, OneOf, Suggest
from training.lab.words import Progress, Trial

SMALL_GRID = 60
"""Fits, of all settings in all folds: up to so many a grid is tried whole."""
TRIALS = 20
"""Of a search in a larger grid, when the plan names no number."""

Settings = Mapping[str, Setting]


@dataclass(frozen=True, eq=False)
class Fold:
    """Coded rows of one fold; the coding was learnt from the rows to fit on alone."""

    rows: Floats
    defaulted: Floats
    held_rows: Floats
    held_defaulted: Floats
    step: ColumnTransformer

    @classmethod
    def of(cls, frame: pd.DataFrame, defaulted: Floats, rows: Rows, held: Rows) -> Fold:
        """Cut a fold out of a table."""
        part = frame.iloc[rows]
        step = columns(part)
        return cls(coded(step, part), defaulted[rows], coded(step, frame.iloc[held]), defaulted[held], step)


@dataclass(frozen=True, eq=False)
class Tried:
    """A setting, and the log-odds that its models gave the held-out rows of each fold."""

    settings: Settings
    log_odds: tuple[Floats, ...]
    auc: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean AUC of the folds: what the best setting has most of."""
        return sum(self.auc) / len(self.auc)

    @property
    def trial(self) -> Trial:
        """What is reported of it."""
        return Trial(self.settings, self.auc)


def search(plan: Plan, folds: Sequence[Fold], progress: Progress) -> tuple[Tried, tuple[Trial, ...]]:
    """The best setting (the first of equals) and every one that was tried, in order. Raises TrainingError."""
    bench = _Bench(plan, folds, progress)
    if is_grid(plan):
        for settings in _grid(plan):
            bench.mean_auc(settings)
    else:
        _study(plan, bench)
    return bench.best, tuple(each.trial for each in bench.tried)


class _Bench:
    """Tries settings, each one once."""

    def __init__(self, plan: Plan, folds: Sequence[Fold], progress: Progress) -> None:
        self._plan, self._folds, self._progress, self._count = plan, folds, progress, trials(plan)
        self.tried: list[Tried] = []
        self.best: Tried

    def mean_auc(self, settings: Settings) -> float:
        """Of the held-out rows of all folds."""
        known = next((each for each in self.tried if each.settings == settings), None)
        if known is None:
            known = cross_validate(self._plan, settings, self._folds, self._told)
            if not self.tried or known.mean > self.best.mean:
                self.best = known
            self.tried.append(replace(known, log_odds=()))  # of all but the best only the figures are kept
        return known.mean

    def _told(self, share: float, stage: str) -> None:
        number = len(self.tried)
        of_many = f"setting {number + 1} of {self._count}, " if self._count > 1 else ""
        self._progress((number + share) / self._count, of_many + stage)


def cross_validate(plan: Plan, settings: Settings, folds: Sequence[Fold], progress: Progress) -> Tried:
    """One setting in every fold. A fit that diverges tells nobody apart: its AUC is a half."""
    found = []
    for number, fold in enumerate(folds):
        progress(number / len(folds), f"fold {number + 1} of {len(folds)}")
        try:
            log_odds = fit(recipe(plan, settings, fold.step), fold.rows, fold.defaulted).log_odds(fold.held_rows)
        except DivergedError:  # it tells nobody apart; another setting may
            log_odds = np.zeros(len(fold.held_rows))
        found.append(log_odds)
    areas = (auc(fold.held_defaulted, each).value for fold, each in zip(folds, found, strict=True))
    return Tried(settings, tuple(found), tuple(areas))


def is_grid(plan: Plan) -> bool:
    """Whether each setting of the plan is tried."""
    count = combinations(plan)
    return count <= trials(plan) if count > 1 else plan.trials is None


def trials(plan: Plan) -> int:
    """How many settings are tried at most."""
    count = combinations(plan)
    if count == 1:
        return plan.trials or 1
    if plan.trials is not None:
        return min(plan.trials, count)
    return count if count * plan.folds <= SMALL_GRID else min(TRIALS, count)


def _grid(plan: Plan) -> Iterator[Settings]:
    asked = plan.hyperparameters
    for values in product(*asked.values()):
        yield defaults(plan.model_type) | dict(zip(asked, values, strict=True))


def _study(plan: Plan, bench: _Bench) -> None:
    """Settings by the tree-structured Parzen estimator (J. Bergstra et al., NeurIPS 2011).

    Without a grid, what the plan names is fixed, the rest is searched, and the defaults are the first to be tried.
    """
    import optuna  # most plans have nothing to search

    optuna.logging.set_verbosity(optuna.logging.WARNING)  # there is a progress line already
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=plan.seed))
    fixed = defaults(plan.model_type) | {name: values[0] for name, values in plan.hyperparameters.items()}
    grid: dict[str, Suggest] = {name: OneOf(each) for name, each in plan.hyperparameters.items() if len(each) > 1}
    own = {name: each for name, each in SPACES[plan.model_type].items() if name not in plan.hyperparameters}
    if not grid:
        study.enqueue_trial({name: fixed[name] for name in own})
    for _ in range(trials(plan)):
        trial = study.ask()
        settings = fixed | {name: suggest(trial, name) for name, suggest in (grid or own).items()}
        study.tell(trial, bench.mean_auc(settings))
