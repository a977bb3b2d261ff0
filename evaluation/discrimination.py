"""How well a prediction ranks: area under the ROC curve with its confidence interval, Gini, Kolmogorov-Smirnov."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.arrays import Floats, both_classes
from evaluation.intervals import Difference, Estimate, difference, half_width


@dataclass(frozen=True, slots=True)
class Auc:
    """An area under the ROC curve with its confidence interval [low, high]."""

    value: float
    low: float
    high: float


def auc(defaulted: npt.ArrayLike, predicted: npt.ArrayLike, confidence: float = 0.95) -> Auc:
    """Area under the ROC curve of `predicted` [N] (higher = riskier) for outcomes [N], by DeLong's method.

    AUC = P(prediction of a default > prediction of a non-default) + P(equal) / 2, from midranks.
    Its variance is var(V10) / m + var(V01) / n over the m defaults' and n non-defaults' placements (each one's share
    of the other class that it is ranked rightly against); the interval is normal, held to [0, 1].

    Sources: E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 44 (1988) 837-845; the midrank form of
    X. Sun, W. Xu, IEEE Signal Processing Letters 21 (2014) 1389-1393. ValueError without both classes.
    """
    of_risky, of_safe = _placements(*both_classes(defaulted, predicted))
    area = float(of_risky.mean())
    half = half_width(_variance_of_mean(of_risky) + _variance_of_mean(of_safe), confidence)
    return Auc(area, max(area - half, 0.0), min(area + half, 1.0))


def auc_difference(
    defaulted: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike, confidence: float = 0.95
) -> Difference:
    """AUC of `first` [N] less AUC of `second` [N], both of the same people: DeLong's paired test.

    The variance of the difference is that of the mean of the differences of placements, class by class, which is
    var(first) + var(second) - 2 cov(first, second) of the paper that `auc` names. Interval held to [-1, 1].
    ValueError below two defaults and two non-defaults: the spread would be unknown.
    """
    outcomes, values = both_classes(defaulted, first)
    _, others = both_classes(defaulted, second)
    if not 2 <= outcomes.sum() <= len(outcomes) - 2:
        raise ValueError("a difference of areas needs at least two defaults and two non-defaults")
    ours, theirs = _placements(outcomes, values), _placements(outcomes, others)
    of_risky, of_safe = ours[0] - theirs[0], ours[1] - theirs[1]
    variance = _variance_of_mean(of_risky) + _variance_of_mean(of_safe)
    return difference(float(ours[0].mean() - theirs[0].mean()), variance, confidence)


def gini(defaulted: npt.ArrayLike, predicted: npt.ArrayLike, confidence: float = 0.95) -> Estimate:
    """Gini coefficient (accuracy ratio, Somers' D of a binary outcome): 2 AUC - 1, and so its interval."""
    area = auc(defaulted, predicted, confidence)
    return Estimate(2 * area.value - 1, 2 * area.low - 1, 2 * area.high - 1)


def ks(defaulted: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Kolmogorov-Smirnov statistic: the largest gap between the distributions of `predicted` of the two classes.

    N. V. Smirnov, Ann. Math. Stat. 19 (1948) 279-281. Of [0, 1]; ValueError without both classes.
    """
    outcomes, values = both_classes(defaulted, predicted)
    risky, safe, at = np.sort(values[outcomes == 1]), np.sort(values[outcomes == 0]), np.unique(values)
    below = (np.searchsorted(each, at, side="right") / len(each) for each in (risky, safe))
    return float(np.abs(np.subtract(*below)).max())


def _placements(outcomes: Floats, values: Floats) -> tuple[Floats, Floats]:
    """The share of non-defaults that each default is ranked above, and of defaults that each non-default is below."""
    risky, safe = values[outcomes == 1], values[outcomes == 0]
    return _share_below(safe, risky), 1 - _share_below(risky, safe)


def _share_below(sample: Floats, values: Floats) -> Floats:
    """Which share of `sample` lies below each value, an equal one counting half (its midrank, as a share)."""
    ordered = np.sort(sample)
    both = np.searchsorted(ordered, values, side="left") + np.searchsorted(ordered, values, side="right")
    return both / (2 * len(sample))


def _variance_of_mean(placements: Floats) -> float:
    """0 for a single placement: one row tells nothing of its spread."""
    return float(placements.var(ddof=1) / len(placements)) if len(placements) > 1 else 0.0
