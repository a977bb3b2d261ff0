"""What a measure is, with how sure one can be of it. Without scipy: reports are also made by request workers."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure with its confidence interval [low, high]."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference with its confidence interval [low, high] and the two-sided p-value of "there is none"."""

    value: float
    low: float
    high: float
    p_value: float


def z_of(confidence: float) -> float:
    """The standard normal quantile of a two-sided interval: 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def half_width(variance: float, confidence: float) -> float:
    """Half of a normal confidence interval, from the variance of the measure (not of one row)."""
    return z_of(confidence) * sqrt(variance)


def difference(value: float, variance: float, confidence: float, limit: float = 1.0) -> Difference:
    """A normal difference, its interval held to [-limit, limit]. No variance: certain, so p is 1 or 0."""
    half = half_width(variance, confidence)
    p_value = erfc(abs(value) / sqrt(2 * variance)) if variance > 0 else float(value == 0)
    return Difference(value, max(value - half, -limit), min(value + half, limit), p_value)


def mean_estimate(values: npt.ArrayLike, confidence: float = 0.95) -> Estimate:
    """Mean of `values` [N] with its normal interval. ValueError below two values: one says nothing of the spread."""
    each = np.asarray(values, dtype=np.float64)
    if len(each) < 2:
        raise ValueError("an interval needs at least two rows")
    mean, half = float(each.mean()), half_width(float(each.var(ddof=1)) / len(each), confidence)
    return Estimate(mean, mean - half, mean + half)


def wilson(successes: int, n: int, confidence: float = 0.95) -> Estimate:
    """A proportion with Wilson's score interval, which is usable for small n and near 0 and 1.

    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212. ValueError unless 0 <= successes <= n and n >= 1.
    """
    if not 0 <= successes <= n or n < 1:
        raise ValueError(f"expected 0 <= successes <= n and n >= 1, got {successes} of {n}")
    z, rate = z_of(confidence), successes / n
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    # At 0 and 1 the bound is exact, and rounding must not carry the interval past the rate.
    return Estimate(rate, min(max(centre - half, 0.0), rate), max(min(centre + half, 1.0), rate))
