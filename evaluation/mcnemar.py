"""Whether one of two classifiers is right more often, on the same people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.arrays import matched
from evaluation.intervals import Difference, difference


@dataclass(frozen=True, slots=True)
class McNemar:
    """People whom only one of the two judged rightly.

    `accuracy_difference`: accuracy of the first less that of the second, with its normal interval and the p-value of
    McNemar's exact test.
    """

    only_first_right: int
    only_second_right: int
    accuracy_difference: Difference


def mcnemar(defaulted: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike, confidence: float = 0.95) -> McNemar:
    """McNemar's test of two expectations [N] (1 = default expected) for outcomes [N]; all are 0 or 1, or ValueError.

    Exact: of those whom only one judged rightly, each was as likely to be either's, so the smaller count is binomial
    with 1/2, and p is twice its lower tail. Q. McNemar, Psychometrika 12 (1947) 153-157. The interval of the difference
    is Wald's for paired proportions: A. Agresti, Categorical Data Analysis (2002), section 10.1.
    """
    outcomes, ours = matched(defaulted, first)
    _, theirs = matched(defaulted, second)
    for each in (ours, theirs):
        matched(each, outcomes)  # expectations, too, are 0 or 1
    right, other_right = ours == outcomes, theirs == outcomes
    mine, yours, n = int((right & ~other_right).sum()), int((other_right & ~right).sum()), len(outcomes)
    gap = (mine - yours) / n
    found = difference(gap, ((mine + yours) / n - gap**2) / n, confidence)
    return McNemar(mine, yours, Difference(found.value, found.low, found.high, _exact(mine, yours)))


def _exact(mine: int, yours: int) -> float:
    """Twice P(X <= the smaller one) for X binomial of their sum and 1/2, at most 1."""
    n, smaller = mine + yours, min(mine, yours)
    k = np.arange(1, smaller + 1)
    log_ways = np.concatenate([[0.0], np.cumsum(np.log((n - k + 1) / k))])
    return min(1.0, 2 * float(np.exp(log_ways - n * np.log(2)).sum()))
