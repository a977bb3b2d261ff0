"""What every possible threshold would do, and the curves that follow from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.arrays import Floats
from evaluation.confusion import RATES, CostLike
from evaluation.probability import probabilities_of


@dataclass(frozen=True, eq=False)
class Cuts:
    """`threshold` [K + 1], the highest first: one that refuses nobody, then each of the K distinct PDs.

    `counts` [K + 1, 4] as in `evaluation.confusion`: whoever has a PD of at least the threshold is refused.
    """

    threshold: Floats
    counts: Floats

    def rate(self, name: str, weights: CostLike | None = None) -> Floats:
        """One of RATES at each threshold [K + 1], NaN where it is undefined. `cost` needs weights."""
        if weights is None and name == "cost":
            raise ValueError("a cost needs weights")
        numerator = RATES[name].numerator(self.counts, weights)  # type: ignore[arg-type]  # only the cost looks at it
        among = RATES[name].denominator(self.counts)
        found: Floats = np.divide(numerator, among, out=np.full(len(among), np.nan), where=among > 0)
        return found


@dataclass(frozen=True, eq=False)
class Curve:
    """Points (x, y) with the threshold of each, the highest threshold first; all [K]."""

    threshold: Floats
    x: Floats
    y: Floats

    def thinned(self, most: int) -> Curve:
        """At most so many (three or more) of the points, evenly spread along the curve, both ends among them."""
        if len(self.x) <= most:
            return self
        scale = [float(np.ptp(each)) or 1.0 for each in (self.x, self.y)]
        steps = np.abs(np.diff(self.x)) / scale[0] + np.abs(np.diff(self.y)) / scale[1]
        way = np.concatenate([[0.0], np.cumsum(steps)])
        at = np.searchsorted(way, np.linspace(0, way[-1], most - 1))
        kept = np.unique(np.append(np.minimum(at, len(way) - 1), len(way) - 1))
        return Curve(self.threshold[kept], self.x[kept], self.y[kept])


def cuts(defaulted: npt.ArrayLike, pd: npt.ArrayLike) -> Cuts:
    """Every threshold that makes a difference for outcomes [N] and PDs [N]. ValueError as `probabilities_of`."""
    outcomes, probabilities = probabilities_of(defaulted, pd)
    found, where = np.unique(-probabilities, return_inverse=True)
    bad = np.concatenate([[0.0], np.cumsum(np.bincount(where, weights=outcomes))])
    good = np.concatenate([[0.0], np.cumsum(np.bincount(where, weights=1 - outcomes))])
    nobody = 1.0 if -found[0] < 1 else float(np.nextafter(1.0, 2.0))
    thresholds = np.concatenate([[nobody], -found])
    return Cuts(thresholds, np.column_stack([bad, good, good[-1] - good, bad[-1] - bad]))


def roc(found: Cuts) -> Curve:
    """Receiver operating characteristic: share of non-defaults refused (x), share of defaults refused (y).

    T. Fawcett, Pattern Recognition Letters 27 (2006) 861-874. NaN where a class is absent.
    """
    return Curve(found.threshold, 1 - found.rate("specificity"), found.rate("recall"))


def precision_recall(found: Cuts) -> Curve:
    """Recall (x) and precision (y) of expected defaults; the threshold that refuses nobody has no precision."""
    return Curve(found.threshold[1:], found.rate("recall")[1:], found.rate("precision")[1:])


def average_precision(found: Cuts) -> float | None:
    """Sum over thresholds of (recall - recall before) x precision; None without a default.

    The area under the step function, not under straight lines, which flatters: J. Davis, M. Goadrich, ICML 23 (2006).
    """
    curve = precision_recall(found)
    if np.isnan(curve.x).any():
        return None
    return float(np.sum(np.diff(curve.x, prepend=0.0) * curve.y))


def gain(found: Cuts) -> Curve:
    """Cumulative gain: the riskiest share of all applicants (x), the share of all defaults among them (y).

    y / x is the lift over choosing at random.
    """
    return Curve(found.threshold, 1 - found.rate("approval_rate"), found.rate("recall"))


def approval(found: Cuts) -> Curve:
    """Approval rate (x) and default rate of the approved (y): the strategy curve of credit people.

    Without the threshold that approves nobody, which has no default rate.
    """
    curve = Curve(found.threshold, found.rate("approval_rate"), found.rate("default_rate_of_approved"))
    some = curve.x > 0
    return Curve(curve.threshold[some], curve.x[some], curve.y[some])


def cost(found: Cuts, weights: CostLike) -> Curve:
    """Approval rate (x) and business cost of all decisions (y)."""
    return Curve(found.threshold, found.rate("approval_rate"), found.rate("cost", weights))


def cheapest(found: Cuts, weights: CostLike) -> tuple[float, float]:
    """(threshold, cost) of the least business cost that any threshold has on these rows; of equals, the highest.

    Exact, for every distinct PD is tried, and refusing nobody. On other rows it costs more: it was chosen on these.
    """
    costs = found.rate("cost", weights)
    best = int(np.argmin(costs))
    return float(found.threshold[best]), float(costs[best])
