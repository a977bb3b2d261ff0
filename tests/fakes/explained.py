"""Functions to be explained: sums, boxes, products and tangles of features, over drawn customers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from explanation.lab.arrays import Floats
from explanation.lab.boxes import Boxes
from explanation.lab.served import Served
from scoring.features import Feature

Function = Callable[[Floats], Floats]
"""Rows [N, n] to outputs [N]."""


def served(function: Function, background: Floats, features: Sequence[Feature] = (), **more: Any) -> Served:
    """A function over a background; features without a name are f0, f1, ..."""
    named = tuple(features) or tuple(Feature(f"f{i}", required=False) for i in range(background.shape[1]))
    return Served("m", lambda rows: function(np.asarray(rows, dtype=np.float64)).tolist(), named, background, **more)


def customers(count: int, features: int, seed: int, gaps: float = 0.0) -> Floats:
    """Standard normal rows, of whose values the share `gaps` is missing."""
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(count, features))
    rows[draw.random(rows.shape) < gaps] = np.nan
    return rows


def additive(features: int, seed: int) -> Function:
    """A sum of curves, one for each feature; a gap has a value of its own."""
    draw = np.random.default_rng(seed)
    slopes, bends, lost = draw.normal(size=(3, features))

    def function(rows: Floats) -> Floats:
        curves = slopes * np.nan_to_num(rows) + bends * np.sin(2 * np.nan_to_num(rows))
        return np.asarray(np.where(np.isnan(rows), lost, curves).sum(axis=1) - 1.0)

    return function


def tangled(features: int, seed: int) -> Function:
    """Sums, products of two and of three features, and a threshold: nothing about it is additive."""
    draw = np.random.default_rng(seed)
    single, double = draw.normal(size=features), draw.normal(size=(features, features))

    def function(rows: Floats) -> Floats:
        x = np.nan_to_num(rows, nan=0.5)
        pairs = np.einsum("ni,ij,nj->n", x, double, x) / features
        high = np.where(x[:, 0] * x[:, 1] * x[:, -1] > 0.2, 0.7, -0.1)
        return np.asarray(x @ single + pairs + high)

    return function


def boxes(features: int, leaves: int, seed: int) -> tuple[Boxes, Function]:
    """Leaves with up to three bounded features each, and the sum of those that a row reaches."""
    draw = np.random.default_rng(seed)
    low, high = np.full((leaves, features), -np.inf), np.full((leaves, features), np.inf)
    missing = np.ones((leaves, features), dtype=np.bool_)
    for leaf in range(leaves):
        for feature in draw.choice(features, min(features, int(draw.integers(1, 4))), replace=False):
            edge = float(draw.normal())
            kind = draw.integers(3)
            low[leaf, feature] = edge if kind != 1 else -np.inf
            high[leaf, feature] = edge + 1.0 if kind == 2 else edge if kind == 1 else np.inf
            missing[leaf, feature] = draw.random() < 0.5
    value = draw.normal(size=leaves)

    def function(rows: Floats) -> Floats:
        x = rows[:, None, :]
        inside = np.where(np.isnan(x), missing, (low <= x) & (x < high)).all(axis=2)
        return np.asarray(inside @ value)

    return Boxes(value, low, high, missing), function
