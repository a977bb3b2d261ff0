"""Everything that is said of a model's predictions, each figure with its confidence interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from evaluation.arrays import Floats
from evaluation.confusion import RATES, Confusion, CostLike
from evaluation.discrimination import auc
from evaluation.discrimination import ks as kolmogorov_smirnov
from evaluation.probability import brier, expected_calibration_error, log_loss, probabilities_of
from evaluation.resampling import Resampled, resampled

METRICS: Final = (*RATES, "auc_roc", "gini", "ks", "brier", "log_loss", "expected_calibration_error", "rmse", "mae")
"""Every name, the same wherever figures of a model are given."""
RESAMPLES: Final = 500
NEEDS_BOTH: Final = "it needs defaults and non-defaults"


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

    `rmse` is the root of the Brier score and `mae` the mean of |PD - outcome|; `cost` is the sum over all rows.
    `auc_roc` and `gini` have DeLong's interval, all others that of a stratified bootstrap (as many defaults in each
    resample as there are): percentiles, and for `ks` and `expected_calibration_error`, which resampling raises, the
    basic interval 2 x value - percentile; A. C. Davison, D. V. Hinkley, Bootstrap Methods (1997), sections 3.2 and 5.2.
    Every interval is widened to hold its value. ValueError for empty, unequal or non-finite input, PDs outside [0, 1],
    fewer than one resample.
    """
    if resamples < 1:
        raise ValueError("an interval needs at least one resample")
    outcomes, probabilities = probabilities_of(defaulted, pd)
    confusion = Confusion.of(outcomes, probabilities >= threshold)
    drawn = resampled(outcomes, probabilities, threshold, resamples, seed)
    measures = {name: _rate(name, confusion, drawn.confusion, weights, confidence) for name in RATES}
    measures |= _errors(outcomes, probabilities, drawn, confidence)
    measures |= _ranking(outcomes, probabilities, drawn, confidence)
    return Assessment(len(outcomes), threshold, confidence, confusion, {name: measures[name] for name in METRICS})


def _rate(name: str, found: Confusion, drawn: Floats, weights: CostLike, confidence: float) -> Measure:
    value = found.rate(name, weights)
    if value is None:
        return Measure(None, reason=RATES[name].undefined)
    counts = RATES[name].numerator(drawn, weights), RATES[name].denominator(drawn)
    defined = counts[1] > 0
    return _percentiles(value, counts[0][defined] / counts[1][defined], confidence)


def _errors(outcomes: Floats, pd: Floats, drawn: Resampled, confidence: float) -> dict[str, Measure]:
    squared = brier(outcomes, pd)
    calibration = expected_calibration_error(outcomes, pd)
    return {
        "brier": _percentiles(squared, drawn.brier, confidence),
        "rmse": _percentiles(float(np.sqrt(squared)), np.sqrt(drawn.brier), confidence),
        "mae": _percentiles(float(np.abs(outcomes - pd).mean()), drawn.absolute, confidence),
        "log_loss": _percentiles(log_loss(outcomes, pd), drawn.log_loss, confidence),
        "expected_calibration_error": _basic(calibration, drawn.calibration, confidence),
    }


def _ranking(outcomes: Floats, pd: Floats, drawn: Resampled, confidence: float) -> dict[str, Measure]:
    if drawn.ks is None:
        return dict.fromkeys(("auc_roc", "gini", "ks"), Measure(None, reason=NEEDS_BOTH))
    area = auc(outcomes, pd, confidence)
    return {
        "auc_roc": Measure(area.value, area.low, area.high),
        "gini": Measure(2 * area.value - 1, 2 * area.low - 1, 2 * area.high - 1),
        "ks": _basic(kolmogorov_smirnov(outcomes, pd), drawn.ks, confidence),
    }


def _percentiles(value: float, drawn: Floats, confidence: float) -> Measure:
    if not len(drawn):  # in no resample was it defined
        return Measure(value)
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Measure(value, min(float(low), value), max(float(high), value))


def _basic(value: float, drawn: Floats, confidence: float) -> Measure:
    """Of a measure that lies in [0, 1]."""
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Measure(value, max(min(2 * value - float(high), value), 0.0), min(max(2 * value - float(low), value), 1.0))
