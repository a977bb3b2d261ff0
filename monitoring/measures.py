"""What a group of predictions with known outcomes allows to be said, and in words what it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.arrays import Floats
from evaluation.calibration_line import calibration_line
from evaluation.cost import business_cost
from evaluation.discrimination import Auc, auc, gini, ks
from evaluation.intervals import Estimate, wilson
from evaluation.probability import Bin, brier_interval, calibration_bins, expected_calibration_error
from monitoring.observations import Observation
from scoring.scale import log_odds_of

FEWEST_OF_A_CLASS = 10
"""Of defaults and of non-defaults, for anything about ranking: below it, normal intervals are fiction."""
FEWEST_ROWS = 50
"""For a Brier score, a calibration or a distribution of scores: five rows in each of ten bins."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well the PDs ranked `n` customers. A default counts as soon as it is known: ranking bears that."""

    n: int
    auc: Auc
    gini: Estimate
    ks: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How right the PDs were for `n` customers whose outcome window has ended (before that only defaults are known).

    `expected`: the mean PD; `observed`: the default rate; `error`: expected calibration error over `bins` (deciles);
    `intercept` and `slope`: Cox's line, 0 and 1 when calibrated; None where there is none, or too few of a class.
    """

    n: int
    expected: float
    observed: Estimate
    brier: Estimate
    error: float
    intercept: float | None
    slope: float | None
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """What `n` approvals and refusals in force cost, in units of the profit of one good customer."""

    n: int
    total: float
    per_decision: float
    approved_defaults: int
    declined_good: int


def pds(observations: Sequence[Observation]) -> Floats:
    """Their probabilities of default [N]."""
    return np.array([each.probability_of_default for each in observations], dtype=np.float64)


def defaults(observations: Sequence[Observation]) -> Floats:
    """Their outcomes [N], 1 = default; all must be known."""
    return np.array([bool(each.defaulted) for each in observations], dtype=np.float64)


def too_few_to_rank(outcomes: Floats) -> str | None:
    """Why nothing can be said of ranking; None when something can."""
    bad, good = int(outcomes.sum()), int(len(outcomes) - outcomes.sum())
    if min(bad, good) >= FEWEST_OF_A_CLASS:
        return None
    return (
        f"AUC, Gini, KS: too few outcomes ({bad} defaults, {good} non-defaults known; "
        f"{FEWEST_OF_A_CLASS} of each are needed)"
    )


def ranking(observations: Sequence[Observation]) -> Ranking | str:
    """Of the predictions with a known outcome; else why there is none."""
    known = [each for each in observations if each.defaulted is not None]
    outcomes, predicted = defaults(known), pds(known)
    if problem := too_few_to_rank(outcomes):
        return problem
    return Ranking(len(known), auc(outcomes, predicted), gini(outcomes, predicted), ks(outcomes, predicted))


def calibration(observations: Sequence[Observation]) -> Calibration | str:
    """Of the predictions with a known outcome and a complete window; else why there is none."""
    known = [each for each in observations if each.defaulted is not None and each.is_complete]
    if len(known) < FEWEST_ROWS:
        return f"Brier, calibration: too few outcomes ({len(known)} with a complete window; {FEWEST_ROWS} are needed)"
    outcomes, predicted = defaults(known), pds(known)
    log_odds = [log_odds_of(float(each)) for each in predicted]
    line = None if too_few_to_rank(outcomes) else calibration_line(outcomes, log_odds)
    return Calibration(
        n=len(known),
        expected=float(predicted.mean()),
        observed=wilson(int(outcomes.sum()), len(outcomes)),
        brier=brier_interval(outcomes, predicted),
        error=expected_calibration_error(outcomes, predicted),
        intercept=line[0] if line else None,
        slope=line[1] if line else None,
        bins=calibration_bins(outcomes, predicted),
    )


def cost(observations: Sequence[Observation]) -> Cost | None:
    """Of the decisions in force with a known outcome and a complete window; what waits for a person is left out."""
    decided = [
        each for each in observations if each.defaulted is not None and each.is_complete and each.in_force != "refer"
    ]
    if not decided:
        return None
    outcomes, approved = defaults(decided), np.array([each.in_force == "approve" for each in decided], dtype=float)
    total = business_cost(outcomes, approved)
    bad, good = int((outcomes * approved).sum()), int(((1 - outcomes) * (1 - approved)).sum())
    return Cost(len(decided), total, total / len(decided), bad, good)
