"""How well a prediction ranks: area under the ROC curve and its confidence interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

from evaluation.arrays import both_classes


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
    outcomes, values = both_classes(defaulted, predicted)
    risky, safe = values[outcomes == 1], values[outcomes == 0]
    ranks = rankdata(np.concatenate([risky, safe]))
    right_of_risky = (ranks[: len(risky)] - rankdata(risky)) / len(safe)
    right_of_safe = 1 - (ranks[len(risky) :] - rankdata(safe)) / len(risky)
    area = float(right_of_risky.mean())
    variance = _variance_of_mean(right_of_risky) + _variance_of_mean(right_of_safe)
    half = float(norm.ppf((1 + confidence) / 2) * np.sqrt(variance))
    return Auc(area, max(area - half, 0.0), min(area + half, 1.0))


def _variance_of_mean(placements: npt.NDArray[np.float64]) -> float:
    """0 for a single placement: one row tells nothing of its spread."""
    return float(placements.var(ddof=1) / len(placements)) if len(placements) > 1 else 0.0
