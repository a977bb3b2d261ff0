"""Whether groups of people are approved at different rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.intervals import Estimate, half_width, wilson

SMALLEST_GROUP = 30
"""Below it a rate is too uncertain to be compared: 3 more approvals would change it by a tenth."""


@dataclass(frozen=True, slots=True)
class GroupRate:
    """The share of a group's `n` people who were approved, with its confidence interval [low, high]."""

    n: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ImpactRatio:
    """The approval rate of the group `least` over that of the group `most`, with its interval [low, high].

    `small`: groups that were left out because they are too small to be judged.
    """

    value: float
    low: float
    high: float
    least: str
    most: str
    small: tuple[str, ...] = ()


def approval_rates(groups: npt.ArrayLike, approved: npt.ArrayLike, confidence: float = 0.95) -> Mapping[str, GroupRate]:
    """Each group's approval rate (`groups` [N] text, `approved` [N] bool), by Wilson's interval, in order of name.

    ValueError when the vectors are empty or differ in length.
    """
    rates = {}
    for group, (granted, n) in _counts(groups, approved).items():
        rate = wilson(granted, n, confidence)
        rates[group] = GroupRate(n, rate.value, rate.low, rate.high)
    return rates


def impact_ratio(
    groups: npt.ArrayLike, approved: npt.ArrayLike, confidence: float = 0.95, smallest: int = SMALLEST_GROUP
) -> ImpactRatio:
    """Lowest over highest approval rate among the groups of at least `smallest` people: the measure of the 80% test.

    29 CFR 1607.4(D): below 4/5 counts as adverse impact, with care for small numbers. The interval is that of
    `ratio_of_rates`; its upper bound is not held to 1: the order of the two may be chance.
    ValueError when fewer than two groups are large enough, or nobody in them was approved.
    """
    counts = _counts(groups, approved)
    large = {group: count for group, count in counts.items() if count[1] >= smallest}
    if len(large) < 2:
        raise ValueError(f"fewer than two groups hold {smallest} people or more")
    order = sorted(large, key=lambda group: (large[group][0] / large[group][1], group))
    least, most = order[0], order[-1]
    (few, n_few), (many, n_many) = large[least], large[most]
    if not many:
        raise ValueError("nobody was approved")
    found = ratio_of_rates(few, n_few, many, n_many, confidence)
    return ImpactRatio(found.value, found.low, found.high, least, most, tuple(sorted(counts.keys() - large)))


def ratio_of_rates(few: float, n_few: float, many: float, n_many: float, confidence: float = 0.95) -> Estimate:
    """The rate few / n_few over many / n_many, all of them counts, with Katz's interval on the log ratio.

    D. Katz et al., Biometrics 34 (1978) 469-474; where `few` is 0, with 1/2 added to the counts (S. D. Walter,
    Biometrika 62 (1975) 371-374). Where everybody of a group counts, Katz knows no spread at all, were they two people:
    1/2 is then added to what counts and to what does not. ValueError where `many` is 0.
    """
    if not many:
        raise ValueError("a ratio to a rate of 0")
    value = (few / n_few) / (many / n_many)
    some, rest = (0.5, 0.0) if not few else (0.5, 0.5) if few == n_few or many == n_many else (0.0, 0.0)
    counts, sizes = np.array([few, many]) + some, np.array([n_few, n_many]) + some + rest
    first, second = np.log(counts / sizes)
    half = half_width(max(float((1 / counts - 1 / sizes).sum()), 0.0), confidence)  # rounding may carry it below 0
    low, high = float(np.exp(first - second - half)) if few else 0.0, float(np.exp(first - second + half))
    return Estimate(value, min(low, value), max(high, value))


def _counts(groups: npt.ArrayLike, approved: npt.ArrayLike) -> dict[str, tuple[int, int]]:
    """Group -> (approved, all)."""
    names, granted = np.asarray(groups, dtype=np.str_), np.asarray(approved, dtype=np.bool_)
    if names.ndim != 1 or names.shape != granted.shape or not len(names):
        raise ValueError(f"expected two vectors of one length, got shapes {names.shape} and {granted.shape}")
    found, where = np.unique(names, return_inverse=True)
    all_of, granted_of = np.bincount(where), np.bincount(where, weights=granted)
    return {str(name): (int(yes), int(n)) for name, yes, n in zip(found, granted_of, all_of, strict=True)}
