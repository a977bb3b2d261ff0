"""From log-odds to probabilities and decisions: the line and the threshold, and the figures of each fold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from evaluation.arrays import Floats
from evaluation.calibration import logistic_line
from evaluation.cuts import cheapest, cuts
from evaluation.figures import figures as every_figure
from laboratory.plan import CostWeights

LOWEST_SLOPE = 0.05
"""A calibration never turns a model's order around."""
Line = tuple[float, float]
"""(intercept, slope) on log-odds."""


def calibration(defaulted: Floats, log_odds: Floats) -> Line:
    """The line that makes these log-odds [N] those of the outcomes [N], its slope at least LOWEST_SLOPE.

    Where a threshold parts the classes without fault, the steepest line would be the best: one default among the safest
    and one non-default among the riskiest are then added, which says no more than that no model is that sure.
    """
    bad, good = log_odds[defaulted == 1], log_odds[defaulted == 0]
    if bad.min() >= good.max() and bad.max() > good.min():
        log_odds = np.concatenate([log_odds, [log_odds.min(), log_odds.max()]])
        defaulted = np.concatenate([defaulted, [1.0, 0.0]])
    intercept, slopes = logistic_line(defaulted, [log_odds], LOWEST_SLOPE)
    return intercept, float(slopes[0])


def pd_of(line: Line, log_odds: Floats) -> Floats:
    """Probability of default [N] on a calibration line."""
    return np.asarray(expit(line[0] + line[1] * log_odds), dtype=np.float64)


def threshold(defaulted: Floats, pd: Floats, cost: CostWeights) -> float:
    """The PD from which on a customer is refused, such that the mistakes among these [N] cost least."""
    return min(cheapest(cuts(defaulted, pd), cost)[0], 1.0)


def fold_figures(
    defaulted: Sequence[Floats], log_odds: Sequence[Floats], cost: CostWeights
) -> dict[str, tuple[float, ...]]:
    """Metric -> its value in each fold, of calibrated PDs; a metric that some fold cannot have is left out."""
    calibrated = zip(defaulted, _cross_calibrated(defaulted, log_odds, cost), strict=True)
    found = [figures(outcomes, pd, at, cost) for outcomes, (pd, at) in calibrated]
    return {name: tuple(each[name] for each in found) for name in found[0] if all(name in each for each in found)}


def figures(defaulted: Floats, pd: Floats, at: float, cost: CostWeights) -> dict[str, float]:
    """Every metric of PDs [N] at a threshold; those that these rows cannot have are left out."""
    return {name: value for name, value in every_figure(defaulted, pd, at, cost).items() if value is not None}


def _cross_calibrated(
    defaulted: Sequence[Floats], log_odds: Sequence[Floats], cost: CostWeights
) -> list[tuple[Floats, float]]:
    """Of each fold: the PD of its held-out rows, and the threshold.

    The line and the threshold of a fold are fitted to what the other folds' models said of their held-out rows: no row
    has a part in its own PD.
    """
    found = []
    for fold, own in enumerate(log_odds):
        outcomes = np.concatenate([each for index, each in enumerate(defaulted) if index != fold])
        others = np.concatenate([each for index, each in enumerate(log_odds) if index != fold])
        line = calibration(outcomes, others)
        found.append((pd_of(line, own), threshold(outcomes, pd_of(line, others), cost)))
    return found
