"""Everything that is said of a model's predictions, each figure with its confidence interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from evaluation.arrays import Floats
from evaluation.confusion import RATES, Confusion, CostLike
from evaluation.discrimination import auc
from evaluation.figures import METRICS, figures, why_not
from evaluation.intervals import wilson
from evaluation.probability import probabilities_of
from evaluation.resampling import Resampled, resampled

RESAMPLES: Final = 500
DELONG: Final = ("auc_roc", "gini")
SHARES: Final = ("accuracy", "precision", "recall", "specificity", "approval_rate", "default_rate_of_approved")
RAISED: Final = ("ks", "expected_calibration_error")
"""Resamples give higher ones than the rows that they are drawn from."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with its interval [low, high]; all three None where it cannot be said, and then `reason` says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Assessment:
    """The figures of `n` rows at a threshold: each of METRICS, with intervals of this confidence."""

    n: int
    threshold: float
    confidence: float
    confusion: Confusion
    measures: Mapping[str, Measure]

    def values(self) -> dict[str, float]:
        """The figures that can be said, by name."""
        return {name: each.value for name, each in self.measures.items() if each.value is not None}

    def intervals(self) -> dict[str, tuple[float, float]]:
        """[low, high] of each figure that has one."""
        return {
            name: (each.low, each.high)
            for name, each in self.measures.items()
            if each.low is not None and each.high is not None
        }

    def not_said(self) -> dict[str, str]:
        """Why each of the other figures cannot be said."""
        return {name: each.reason for name, each in self.measures.items() if each.reason is not None}


def assess(
    defaulted: npt.ArrayLike,
    pd: npt.ArrayLike,
    *,
    threshold: float,
    weights: CostLike,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Assessment:
    """All METRICS of PDs [N] for outcomes [N] (1 = default). A default is expected, and refused, from `threshold` on.

    The values are those of `evaluation.figures`.
    `auc_roc` and `gini` have DeLong's interval, shares of counted rows (SHARES) Wilson's, all others a bootstrap's:
    percentiles, and for `ks` and `expected_calibration_error`, which resampling raises, the basic interval
    2 x value - percentile; A. C. Davison, D. V. Hinkley, Bootstrap Methods (1997), sections 3.2 and 5.2.
    A calibrated model, too, has a calibration error: what it reaches by chance is taken off that figure's lower end.
    Every interval is widened to hold its value. ValueError for empty, unequal or non-finite input, PDs outside [0, 1],
    fewer than one resample.
    """
    if resamples < 1:
        raise ValueError("an interval needs at least one resample")
    outcomes, probabilities = probabilities_of(defaulted, pd)
    values = figures(outcomes, probabilities, threshold, weights)
    confusion = Confusion.of(outcomes, probabilities >= threshold)
    drawn = resampled(outcomes, probabilities, threshold, resamples, seed)
    measures = {}
    for name in METRICS:
        value = values[name]
        if value is None:
            measures[name] = Measure(None, reason=why_not(name))
        elif name in DELONG:
            area = auc(outcomes, probabilities, confidence)
            low, high = (area.low, area.high) if name == "auc_roc" else (2 * area.low - 1, 2 * area.high - 1)
            measures[name] = Measure(value, low, high)
        elif name in SHARES:
            share = wilson(*confusion.counted(name, weights), confidence)
            measures[name] = Measure(value, share.low, share.high)
        else:
            interval = _basic if name in RAISED else _percentiles
            measures[name] = interval(value, _drawn(name, drawn, weights), confidence)
        if name == "expected_calibration_error":
            measures[name] = _beyond_chance(measures[name], drawn.calibration_by_chance, confidence)
    return Assessment(len(outcomes), threshold, confidence, confusion, measures)


def _drawn(name: str, drawn: Resampled, weights: CostLike) -> Floats:
    """A figure in each resample where it is defined."""
    if name in RATES:
        counts = RATES[name].numerator(drawn.confusion, weights), RATES[name].denominator(drawn.confusion)
        defined = counts[1] > 0
        return counts[0][defined] / counts[1][defined]
    others = {
        "brier": drawn.brier,
        "rmse": np.sqrt(drawn.brier),
        "mae": drawn.absolute,
        "log_loss": drawn.log_loss,
        "expected_calibration_error": drawn.calibration,
    }
    return others[name] if drawn.ks is None else {**others, "ks": drawn.ks}[name]


def _percentiles(value: float, drawn: Floats, confidence: float) -> Measure:
    if not len(drawn):  # in no resample was it defined
        return Measure(value)
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Measure(value, min(float(low), value), max(float(high), value))


def _basic(value: float, drawn: Floats, confidence: float) -> Measure:
    """Of a measure that lies in [0, 1]."""
    if not len(drawn):
        return Measure(value)
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Measure(value, max(min(2 * value - float(high), value), 0.0), min(max(2 * value - float(low), value), 1.0))


def _beyond_chance(found: Measure, by_chance: Floats, confidence: float) -> Measure:
    """The interval begins no higher than what of the value is beyond chance."""
    if found.value is None or found.low is None:
        return found
    beyond = found.value - float(np.quantile(by_chance, (1 + confidence) / 2))
    return replace(found, low=max(min(found.low, beyond), 0.0))
