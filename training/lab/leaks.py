"""Columns that give the target away: what is known only after a default should not be learnt from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluation.arrays import Floats
from evaluation.discrimination import auc
from training.lab.split import sample

GIVES_AWAY = 0.999
"""AUC of a single column from which on it knows more than anybody can know beforehand."""
MOST_ROWS = 100_000
"""A larger table is looked at in that many rows, drawn at random."""


def leaks(frame: pd.DataFrame, defaulted: Floats, seed: int) -> list[str]:
    """A warning for every column [N] of `frame` that alone ranks the outcomes [N] perfectly, or nearly so."""
    if len(frame) > MOST_ROWS:
        rows = sample(defaulted, MOST_ROWS, seed)
        frame, defaulted = frame.iloc[rows], defaulted[rows]
    return [
        f"column {name} alone tells the target (AUC {found:.4f}): if it is only known afterwards, leave it out"
        for name in frame.columns
        if (found := best_auc(frame[name], defaulted)) >= GIVES_AWAY
    ]


def best_auc(column: pd.Series, defaulted: Floats) -> float:
    """How well one column ranks the outcomes [N], whichever way round.

    Gaps count as lowest or as highest, so that a value that only defaults have is found. A category counts as the
    default rate of the other rows in it, so that many small categories do not look like a leak by chance.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return auc(defaulted, _rate_of_others(column, defaulted)).value
    values = column.to_numpy(dtype=np.float64)
    below, above = np.nanmin(values) - 1, np.nanmax(values) + 1
    ways = {below, above} if np.isnan(values).any() else {below}
    found = [auc(defaulted, np.nan_to_num(values, nan=gap)).value for gap in ways]
    return max(max(each, 1 - each) for each in found)


def _rate_of_others(column: pd.Series, defaulted: Floats) -> Floats:
    codes = column.cat.codes.to_numpy(dtype=np.int64) + 1  # 0: a gap
    sizes, defaults = np.bincount(codes), np.bincount(codes, weights=defaulted)
    others = sizes[codes] - 1
    rate = np.divide(defaults[codes] - defaulted, others, out=np.full(len(codes), defaulted.mean()), where=others > 0)
    return np.asarray(rate, dtype=np.float64)
