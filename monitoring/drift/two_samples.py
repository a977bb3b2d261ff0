"""Tests of "both samples are of one distribution", and what many of them together allow to be said."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evaluation.arrays import Floats
from monitoring.drift.options import Correction

Counts = NDArray[np.int64]
FEWEST_EXPECTED = 5.0
"""Of a cell, for the chi-squared distribution to hold: W. G. Cochran, Biometrics 10 (1954) 417-451."""

TestName = Literal["kolmogorov_smirnov", "chi_squared", "fisher_exact", "psi"]
"""What was computed; the same test of two columns may be another one where few rows are expected in a cell."""


@dataclass(frozen=True, slots=True)
class Tested:
    """A test's result. `merged`: cells that were put together because too little was expected in them."""

    test: TestName
    statistic: float | None
    p_value: float
    merged: int = 0


@dataclass(frozen=True, slots=True)
class Corrected:
    """A test with the p-value that holds after all tests of its family were counted, and the decision by it."""

    statistic: float | None
    p_value: float
    p_adjusted: float
    significant: bool
    merged: int = 0

    @classmethod
    def of(cls, found: Tested, p_adjusted: float, significance: float) -> Corrected:
        """The decision on a test."""
        return cls(found.statistic, found.p_value, p_adjusted, p_adjusted < significance, found.merged)


def kolmogorov_smirnov(reference: Floats, current: Floats) -> Tested:
    """Two-sample Kolmogorov-Smirnov test of two non-empty vectors; exact where the larger has at most 10,000 values.

    scipy.stats.ks_2samp. With ties its p-value is too large rather than too small.
    """
    with warnings.catch_warnings():  # scipy tells when it takes the asymptotic distribution for an exact one
        warnings.simplefilter("ignore", RuntimeWarning)
        found = stats.ks_2samp(reference, current)
    return Tested("kolmogorov_smirnov", float(found.statistic), float(found.pvalue))


def same_shares(reference: Counts, current: Counts) -> Tested | None:
    """Pearson's chi-squared test of two rows of counts [K], without Yates's correction.

    The rarest cells are put together until at least FEWEST_EXPECTED is expected in each; where two cells are left and
    that is still not so, Fisher's exact test takes its place. None when all is in one cell: there is nothing to test.
    """
    table = np.vstack([reference, current])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return None
    table, merged = _merged(table)
    if table.shape[1] < 2:
        return None
    if _least_expected(table) < FEWEST_EXPECTED:
        return Tested("fisher_exact", None, float(min(stats.fisher_exact(table).pvalue, 1.0)), merged)
    found = stats.chi2_contingency(table, correction=False)
    return Tested("chi_squared", float(found.statistic), float(found.pvalue), merged)


def corrected(p_values: Sequence[float], correction: Correction) -> list[float]:
    """Adjusted p-values, to be held against the level that one test alone would be.

    Benjamini-Hochberg (J. R. Stat. Soc. B 57 (1995) 289-300) bounds the share of false ones among the findings, Holm
    (Scand. J. Stat. 6 (1979) 65-70) the chance of a single false one. Both do the latter while nothing has changed.
    """
    if not p_values:
        return []
    p = np.clip(np.asarray(p_values, dtype=np.float64), 0.0, 1.0)
    if correction == "benjamini-hochberg":
        return [float(each) for each in stats.false_discovery_control(p, method="bh")]
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return [float(each) for each in adjusted]


def corrected_by_name(
    tests: Mapping[str, Mapping[str, Tested]], correction: Correction
) -> dict[tuple[str, str], float]:
    """The adjusted p-value of every test of every feature, all of them one family."""
    keys = [(name, test) for name, found in tests.items() for test in found]
    values = corrected([tests[name][test].p_value for name, test in keys], correction)
    return dict(zip(keys, values, strict=True))


def _least_expected(table: Counts) -> float:
    sides, cells = table.sum(axis=1), table.sum(axis=0)
    return float(sides.min() * cells.min() / table.sum())


def _merged(table: Counts) -> tuple[Counts, int]:
    """All cells in which too little is expected put together, with one more if that is too little still.

    At least two cells stay: the largest one is never put with the others.
    """
    ordered = table[:, np.argsort(table.sum(axis=0), kind="stable")]
    totals = ordered.sum(axis=0)
    needed = FEWEST_EXPECTED * table.sum() / table.sum(axis=1).min()
    many = int((totals < needed).sum())
    if many and totals[:many].sum() < needed:
        many += 1
    many = min(many, len(totals) - 1)
    if many < 2:
        return ordered, 0
    together = ordered[:, :many].sum(axis=1, keepdims=True)
    return np.hstack([together, ordered[:, many:]]), many
