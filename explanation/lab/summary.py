"""What weighs in a model altogether: the contributions of a sample of customers, feature by feature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from evaluation.intervals import Estimate, mean_estimate
from explanation.lab.arrays import Floats
from explanation.lab.shapley import Explained
from scoring.features import Feature

Direction = Literal["higher values raise the PD", "higher values lower the PD", "by category", "no one direction"]
CLEAR = 0.5
"""Of a rank correlation: below it the contributions do not follow the value."""


@dataclass(frozen=True, slots=True)
class Weight:
    """One feature's part in a model.

    `importance`: mean absolute contribution in log-odds, with its 95% interval over customers. `rank_correlation`:
    Spearman's, of value and contribution over the customers who have a value; None for a category, or where one of
    the two never varies. `categories`: of a category, name -> mean contribution.
    """

    feature: str
    importance: Estimate
    direction: Direction
    rank_correlation: float | None
    categories: dict[str, float] | None


def weights(features: tuple[Feature, ...], rows: Floats, explained: Explained) -> list[Weight]:
    """Every feature, the most important first. `rows` [N, n] are those that `explained` holds; ValueError below two."""
    found = [_weight(feature, rows[:, i], explained.contributions[:, i]) for i, feature in enumerate(features)]
    return sorted(found, key=lambda each: -each.importance.value)


def _weight(feature: Feature, values: Floats, contributions: Floats) -> Weight:
    mean = mean_estimate(np.abs(contributions))
    importance = Estimate(mean.value, max(mean.low, 0.0), mean.high)
    if feature.categories is not None:
        return Weight(feature.name, importance, "by category", None, dict(_by_category(feature, values, contributions)))
    correlation = spearman(values[~np.isnan(values)], contributions[~np.isnan(values)])
    direction: Direction = "no one direction"
    if correlation is not None and abs(correlation) >= CLEAR:
        direction = "higher values raise the PD" if correlation > 0 else "higher values lower the PD"
    return Weight(feature.name, importance, direction, correlation, None)


def _by_category(feature: Feature, values: Floats, contributions: Floats) -> Iterator[tuple[str, float]]:
    for code, name in enumerate(feature.categories or ()):
        if (values == code).any():
            yield name, float(contributions[values == code].mean())


def spearman(first: Floats, second: Floats) -> float | None:
    """Spearman's rank correlation of two vectors [N], ties at their mean rank; None where one of them never varies."""
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])


def ranks(values: Floats) -> Floats:
    """The rank of each value [N], from 0; equal values share the mean of theirs."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    edges = [0, *(np.flatnonzero(np.diff(ordered)) + 1).tolist(), len(values)]
    found = np.empty(len(values))
    for start, end in pairwise(edges):
        found[order[start:end]] = (start + end - 1) / 2
    return found
