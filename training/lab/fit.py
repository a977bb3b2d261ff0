"""From a plan and a table to the winner: search, fit, calibrate, and choose the threshold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from evaluation.arrays import Floats
from laboratory.model_types import check
from laboratory.plan import Plan
from training.dataset import TrainingError
from training.lab import calibrated
from training.lab.fitting import fit, recipe
from training.lab.pipelines import assembled, coded, columns, features
from training.lab.search import Fold, Tried, search
from training.lab.split import folds, sample, split
from training.lab.words import Progress, Split, Table, Winner

MOST_SEARCHED = 100_000
"""Rows of a search: settings that differ less than so many rows can tell are as good as each other."""
MOST_CELLS = 10_000_000
"""Rows x columns of a search; all folds lie in memory, coded."""
FEWEST_SEARCHED = 10_000
FEW_DEFAULTS = 30
"""Of either class in the validation part: below it the winner says that its line and threshold are uncertain."""
SEARCH_SHARE = 0.8
"""Of the progress; the rest is the last fit's."""


def train(plan: Plan, table: Table, progress: Progress) -> Winner:
    """The winner of a plan on a table.

    Settings are compared, and the figures of the folds made, on the training part alone, of a large table on a sample
    of it (MOST_SEARCHED rows); the winner is fitted on all of it. One thread, so that the same plan and table give the
    same winner everywhere. Raises InvalidRequest (the plan), TrainingError (the table).
    """
    check(plan)
    _check(table)
    with threadpool_limits(1):
        return _train(plan, table, progress)


def _train(plan: Plan, table: Table, progress: Progress) -> Winner:
    progress(0.0, "splitting")
    parts = split(table.defaulted, plan.seed)
    cut = _folds(plan, table, parts)
    best, tried = search(plan, cut, lambda share, stage: progress(SEARCH_SHARE * share, stage))
    progress(SEARCH_SHARE, "fitting the best setting on the whole training part")
    step = columns(table.frame.iloc[parts.train])
    rows = coded(step, table.frame)
    found = fit(recipe(plan, best.settings, step), rows[parts.train], table.defaulted[parts.train])
    progress(0.95, "calibrating")
    outcomes, log_odds = table.defaulted[parts.validation], found.log_odds(rows[parts.validation])
    line = calibrated.calibration(outcomes, log_odds)
    pd_validation = calibrated.pd_of(line, log_odds)
    winner = Winner(
        plan=plan,
        table=table,
        split=parts,
        features=features(step, rows, plan.sensitive),
        pipeline=assembled([("columns", step), ("prepare", found.prepare), ("model", found.model)]),
        hyperparameters=best.settings,
        trials=tried,
        folds=calibrated.fold_figures([fold.held_defaulted for fold in cut], best.log_odds, plan.cost),
        calibration=line,
        threshold=calibrated.threshold(outcomes, pd_validation, plan.cost),
        pd_validation=pd_validation,
        pd_test=calibrated.pd_of(line, found.log_odds(rows[parts.test])),
        searched=sum(len(fold.held_defaulted) for fold in cut),
        warnings=tuple(_warnings(outcomes, best, line)),
    )
    progress(1.0, "trained")
    return winner


def _folds(plan: Plan, table: Table, parts: Split) -> list[Fold]:
    """The folds of the training part, or of a sample of it."""
    most = int(np.clip(MOST_CELLS // table.frame.shape[1], FEWEST_SEARCHED, MOST_SEARCHED))
    rows = parts.train[sample(table.defaulted[parts.train], most, plan.seed)]
    frame, defaulted = table.frame.iloc[rows], table.defaulted[rows]
    return [Fold.of(frame, defaulted, *each) for each in folds(defaulted, plan.folds, plan.seed)]


def _check(table: Table) -> None:
    varied = any(table.frame[name].nunique(dropna=False) > 1 for name in table.frame.columns)
    if not varied:
        raise TrainingError(
            "no column is left that differs between customers: give features that vary, and leave fewer columns out"
        )


def _warnings(outcomes: Floats, best: Tried, line: calibrated.Line) -> Iterator[str]:
    rarest = int(min(outcomes.sum(), len(outcomes) - outcomes.sum()))
    if rarest < FEW_DEFAULTS:
        yield (
            f"The validation part holds only {rarest} customers of the rarer outcome: the calibration and the "
            "threshold are uncertain. Give more rows."
        )
    if best.mean <= 0.5:
        yield "Cross-validation ranks no better than chance: the columns say nothing about who defaults."
    if line[1] <= calibrated.LOWEST_SLOPE:
        yield "The model ranks the validation part no better than chance: its PDs are all about the default rate."
