"""A sum of decision trees, whatever framework grew them, and the boxes that its leaves are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model_store.compile.wire import Array
from scoring.features import FLOAT32_MAX

Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]
LEAF = -1


@dataclass(frozen=True)
class Tree:
    """One tree; node 0 is its root. All arrays are [K].

    At node k a value x of feature[k] goes left if x < threshold[k]; a missing one if missing_left[k].
    Where left[k] is LEAF, value[k] counts.
    """

    left: Indices
    right: Indices
    feature: Indices
    threshold: Array
    missing_left: Flags
    value: Array


@dataclass(frozen=True)
class Trees:
    """bias + the value of the leaf that each tree comes to.

    `in_float32`: the framework rounds the inputs to 32 bits before it compares.
    """

    trees: tuple[Tree, ...]
    bias: float
    in_float32: bool

    def scaled(self, slope: float, intercept: float) -> Trees:
        """This sum times `slope`, plus `intercept`."""
        trees = tuple(replace(tree, value=slope * tree.value) for tree in self.trees)
        return replace(self, trees=trees, bias=intercept + slope * self.bias)

    def split_points(self, size: int) -> list[Array]:
        """The different thresholds of every feature, in order; without those that no value can lie at."""
        features = np.concatenate([tree.feature[tree.left != LEAF] for tree in self.trees])
        thresholds = np.concatenate([tree.threshold[tree.left != LEAF] for tree in self.trees])
        usable = np.abs(thresholds) <= FLOAT32_MAX
        return [np.unique(thresholds[usable & (features == feature)]) for feature in range(size)]

    def run(self, values: Array) -> Array:
        """[N, n] -> [N, 1], tree by tree; for a few rows."""
        seen = values.astype(np.float32).astype(np.float64) if self.in_float32 else values
        rows, total = np.arange(len(values)), np.full(len(values), self.bias)
        for tree in self.trees:
            node = np.zeros(len(values), np.int64)
            while (tree.left[node] != LEAF).any():
                value = seen[rows, tree.feature[node]]
                goes_left = np.where(np.isnan(value), tree.missing_left[node], value < tree.threshold[node])
                below = np.where(goes_left, tree.left[node], tree.right[node])
                node = np.where(tree.left[node] == LEAF, node, below)
            total += tree.value[node]
        return total[:, None]


@dataclass(frozen=True)
class Boxes:
    """The leaves of a sum of trees: row x reaches leaf l iff low[l] <= x < high[l] in every feature.

    A missing value is inside where missing[l] says so. value [L], the others [L, n].
    """

    value: Array
    low: Array
    high: Array
    missing: Flags


def boxes(trees: Trees, size: int) -> Boxes:
    """Walk every path once."""
    values, lows, highs, missing = [], [], [], []
    for tree in trees.trees:
        everything = np.full(size, -np.inf), np.full(size, np.inf), np.ones(size, np.bool_)
        waiting = [(0, *everything)]
        while waiting:
            node, low, high, lost = waiting.pop()
            if tree.left[node] == LEAF:
                values.append(tree.value[node])
                lows.append(low)
                highs.append(high)
                missing.append(lost)
                continue
            feature, threshold = tree.feature[node], tree.threshold[node]
            for child, goes_left in ((tree.left[node], True), (tree.right[node], False)):
                inner_low, inner_high, inner_lost = low.copy(), high.copy(), lost.copy()
                if goes_left:
                    inner_high[feature] = min(inner_high[feature], threshold)
                else:
                    inner_low[feature] = max(inner_low[feature], threshold)
                inner_lost[feature] &= bool(tree.missing_left[node]) == goes_left
                waiting.append((int(child), inner_low, inner_high, inner_lost))
    return Boxes(np.array(values), np.array(lows), np.array(highs), np.array(missing))


def just_above(thresholds: Array, in_float32: bool) -> Array:
    """Thresholds t' such that x < t' says what x <= t says, for every x of the precision in which they are compared."""
    if not in_float32:
        return np.nextafter(thresholds, np.inf)
    with np.errstate(over="ignore"):
        below = thresholds.astype(np.float32)
    below = np.where(below > thresholds, np.nextafter(below, np.float32(-np.inf)), below)
    return np.nextafter(below, np.float32(np.inf)).astype(np.float64)
