"""Partial dependence and individual curves: the output when one or two features are set, the rest being as it is.

J. Friedman, "Greedy Function Approximation" (Annals of Statistics 29, 2001); individual curves: A. Goldstein et al.,
"Peeking Inside the Black Box" (JCGS 24, 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from explanation.lab.arrays import Floats
from explanation.lab.served import Served
from scoring.features import Feature
from scoring.scale import pd_of

LOW, HIGH = 10, 90
"""The percentiles of the individual curves that are told beside their mean."""


@dataclass(frozen=True, eq=False)
class Dependence:
    """Outputs over a grid. `grids`: of each varied feature its coded values, NaN for a gap, which comes last.

    `curves` [M, G]: the log-odds of each background row at each point of the grid, the last feature varying fastest.
    """

    features: tuple[Feature, ...]
    grids: tuple[Floats, ...]
    curves: Floats

    @property
    def mean(self) -> Floats:
        """[G] the partial dependence, in log-odds."""
        return np.asarray(self.curves.mean(axis=0))

    @property
    def mean_pd(self) -> Floats:
        """[G] the mean of the probabilities of default."""
        pds = np.array([[pd_of(each) for each in curve] for curve in self.curves.tolist()])
        return np.asarray(pds.mean(axis=0))

    @property
    def centred(self) -> Floats:
        """[M, G] the curves, each moved to the same mean: how far they are not parallel is what interacts."""
        return np.asarray(self.curves - self.curves.mean(axis=1, keepdims=True) + self.curves.mean())

    @property
    def spread(self) -> tuple[Floats, Floats]:
        """[G] each: the LOW and HIGH percentile of the centred curves."""
        low, high = np.percentile(self.centred, [LOW, HIGH], axis=0)
        return low, high


def depend(served: Served, varied: Sequence[int], points: int) -> Dependence:
    """Set the features at the positions `varied`, one or two, to up to `points` values each.

    Raises ModelUnavailable.
    """
    grids = tuple(grid(served.features[i], served.background[:, i], points) for i in varied)
    combined = list(product(*(each.tolist() for each in grids)))
    rows = np.repeat(served.background[:, None, :], len(combined), axis=1)
    rows[:, :, list(varied)] = combined
    curves = served.log_odds(rows.reshape(-1, rows.shape[2])).reshape(len(rows), len(combined))
    return Dependence(tuple(served.features[i] for i in varied), grids, curves)


def grid(feature: Feature, values: Floats, points: int) -> Floats:
    """Values of a feature to look at: quantiles of a number, the categories (the most common if there are too many).

    A gap is one more value where it may occur.
    """
    known = values[~np.isnan(values)]
    if feature.categories is not None:
        counts = np.bincount(known.astype(int), minlength=len(feature.categories))
        found = np.sort(np.argsort(-counts, kind="stable")[:points]).astype(np.float64)
    elif known.size:
        different = np.unique(known)
        if len(different) > points:
            quantiles = np.quantile(known, np.linspace(0, 1, points))
            different = np.unique(np.round(quantiles) if is_whole(feature, known) else quantiles)
        found = different
    else:
        found = np.empty(0)
    may_be_missing = not feature.required or not known.size
    return np.append(found, np.nan) if may_be_missing else found


def is_whole(feature: Feature, known: Floats) -> bool:
    """Whether a number only takes whole values: its schema says so, or no customer has another."""
    return feature.integer or bool((known == np.round(known)).all())
