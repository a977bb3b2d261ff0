"""How right predicted probabilities of default are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.arrays import Floats, matched
from evaluation.intervals import Difference, Estimate, difference, mean_estimate, wilson

BINS = 10
"""Deciles of the prediction, as credit people report calibration."""


def brier(defaulted: npt.ArrayLike, pd: npt.ArrayLike) -> float:
    """Brier score: mean of (PD - outcome)^2; 0 is perfect. G. W. Brier, Monthly Weather Review 78 (1950) 1-3."""
    outcomes, probabilities = probabilities_of(defaulted, pd)
    return float(np.mean((probabilities - outcomes) ** 2))


def brier_interval(defaulted: npt.ArrayLike, pd: npt.ArrayLike, confidence: float = 0.95) -> Estimate:
    """Brier score with the normal interval of a mean. ValueError below two rows."""
    outcomes, probabilities = probabilities_of(defaulted, pd)
    return mean_estimate((probabilities - outcomes) ** 2, confidence)


def brier_difference(
    defaulted: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike, confidence: float = 0.95
) -> Difference:
    """Brier score of `first` [N] less that of `second` [N], both of the same people: below 0, `first` is better.

    The mean of the N paired differences of squared errors with its normal interval, held to [-1, 1] (after
    F. X. Diebold, R. S. Mariano, J. Bus. Econ. Stat. 13 (1995) 253-263, for independent rows). ValueError below two.
    """
    outcomes, ours = probabilities_of(defaulted, first)
    _, theirs = probabilities_of(defaulted, second)
    gaps = (ours - outcomes) ** 2 - (theirs - outcomes) ** 2
    if len(gaps) < 2:
        raise ValueError("a difference needs at least two rows")
    return difference(float(gaps.mean()), float(gaps.var(ddof=1) / len(gaps)), confidence)


def log_loss(defaulted: npt.ArrayLike, pd: npt.ArrayLike) -> float:
    """Mean negative log-likelihood in nats: -mean(y ln PD + (1 - y) ln(1 - PD)).

    A PD of 0 or 1 counts as the nearest number that a float can tell from it, so that one sure mistake stays finite.
    """
    return float(np.mean(surprise(*probabilities_of(defaulted, pd))))


def surprise(outcomes: Floats, pd: Floats) -> Floats:
    """Negative log-likelihood [N] of each outcome in nats, as `log_loss` averages it."""
    smallest = np.finfo(np.float64).eps
    held = np.clip(pd, smallest, 1 - smallest)
    return np.asarray(-np.where(outcomes == 1, np.log(held), np.log1p(-held)))


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of similar PD: how many, the mean PD and the default rate with its interval (Wilson's)."""

    n: int
    expected: float
    observed: Estimate


def calibration_bins(defaulted: npt.ArrayLike, pd: npt.ArrayLike, bins: int = BINS) -> tuple[Bin, ...]:
    """What was said against what happened, in at most `bins` bins of equal count, the lowest PDs first.

    Edges are quantiles of the PD; equal PDs share a bin, so the order of the rows makes no difference.
    """
    outcomes, probabilities = probabilities_of(defaulted, pd)
    edges = np.quantile(probabilities, np.linspace(0, 1, bins + 1)[1:-1])
    bin_of = np.searchsorted(edges, probabilities, side="right")
    rows = [bin_of == each for each in np.unique(bin_of)]
    return tuple(
        Bin(int(each.sum()), float(probabilities[each].mean()), wilson(int(outcomes[each].sum()), int(each.sum())))
        for each in rows
    )


def expected_calibration_error(defaulted: npt.ArrayLike, pd: npt.ArrayLike, bins: int = BINS) -> float:
    """Expected calibration error over `calibration_bins`: sum over bins of n_b / N x |mean PD - default rate|.

    Source: M. Pakdaman Naeini et al., AAAI 29 (2015); equal-count bins as in K. Nguyen, B. O'Connor, EMNLP (2015).
    """
    found = calibration_bins(defaulted, pd, bins)
    return sum(each.n * abs(each.expected - each.observed.value) for each in found) / sum(each.n for each in found)


def probabilities_of(defaulted: npt.ArrayLike, pd: npt.ArrayLike) -> tuple[Floats, Floats]:
    """As `evaluation.arrays.matched`; ValueError also when a PD lies outside [0, 1]."""
    outcomes, probabilities = matched(defaulted, pd)
    if probabilities.min() < 0 or probabilities.max() > 1:
        raise ValueError("probabilities must lie in [0, 1]")
    return outcomes, probabilities
