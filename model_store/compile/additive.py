"""A model as a sum over raw features or over boxes of them, for explanations: linear.npz and trees.npz."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.compile.report import LINEAR, TREES, OutputKind
from model_store.compile.steps import Additive, Affine, Linear, log_odds
from model_store.compile.trees import LEAF, Boxes, Flags, Trees, boxes
from model_store.compile.wire import Array
from scoring.scale import LOG_ODDS_LIMIT

LARGEST_DIFFERENCE = 1e-5
"""In log-odds, or relative to the highest score, between the sum and the graph's output on the golden rows."""
_MOST_CELLS = 2_000_000
"""Leaves x features: 34 MB for whoever loads them. A larger model is explained in another way."""


def write_closed_form(
    form: Additive,
    before: Sequence[Affine],
    after: tuple[float, float],
    kind: OutputKind,
    rows: Array,
    outputs: Array,
    folder: Path,
) -> None:
    """Write linear.npz or trees.npz, if they give these outputs [N] on these rows [N, n] (log-odds of a PD).

    `before`: scalers between the raw features and the form. `after`: (intercept, slope) between the form and the
    output's log-odds or points.
    """
    if form.is_through_sigmoid != (kind == "probability_of_default"):
        return  # the sum is in another unit than log-odds or points
    front = Affine(tuple(step for affine in before for step in affine.steps))
    if kind == "score":
        expected, tolerance = outputs, LARGEST_DIFFERENCE * float(np.abs(outputs).max())
    else:
        expected, tolerance = log_odds(outputs) if kind == "probability_of_default" else outputs, LARGEST_DIFFERENCE
    limit = LOG_ODDS_LIMIT if kind == "probability_of_default" else np.inf
    if isinstance(form.form, Linear):
        name, (arrays, found) = LINEAR, _linear(form.form, front, after, rows)
    else:
        name, (arrays, found) = TREES, _trees(form.form, front, after, rows)
    if arrays and np.all(np.abs(np.clip(found, -limit, limit) - expected) <= tolerance):
        np.savez(folder / name, allow_pickle=False, **arrays)


Arrays = tuple[dict[str, NDArray[Any]], Array]
"""(what a file holds: nothing if there is no such form; what that gives on the rows)."""


def _linear(form: Linear, front: Affine, after: tuple[float, float], rows: Array) -> Arrays:
    slopes, offsets = front.line(len(form.coefficients))
    intercept, slope = after
    coefficients = slope * form.coefficients * slopes
    constant = intercept + slope * (form.intercept + float(form.coefficients @ offsets))
    arrays = {"coefficients": coefficients, "intercept": np.array(constant)}
    return arrays, rows @ coefficients + constant


def _trees(form: Trees, front: Affine, after: tuple[float, float], rows: Array) -> Arrays:
    intercept, slope = after
    leaves = sum(int((tree.left == LEAF).sum()) for tree in form.trees)
    is_small = leaves * rows.shape[1] <= _MOST_CELLS
    on_raw = _on_raw_features(form.scaled(slope, intercept), front, rows.shape[1]) if is_small else None
    if on_raw is None:
        return {}, np.empty(0)
    found = boxes(on_raw, rows.shape[1])
    arrays = {
        "leaf_value": found.value,
        "low": found.low,
        "high": found.high,
        "missing": found.missing,
        "bias": np.array(on_raw.bias),
    }
    return arrays, np.array([on_raw.bias + _reached(found, row) for row in rows])


def _reached(found: Boxes, row: Array) -> float:
    inside = np.where(np.isnan(row), found.missing, (found.low <= row) & (row < found.high))
    return float(found.value[inside.all(axis=1)].sum())


def _on_raw_features(trees: Trees, front: Affine, size: int) -> Trees | None:
    """The same trees with thresholds on the raw features, exact to the last bit; None if a scaler turns an order."""
    if not front.steps and not trees.in_float32:
        return trees
    if np.any(front.line(size)[0] <= 0):
        return None
    moved = []
    for tree in trees.trees:
        is_split = tree.left != LEAF
        threshold = tree.threshold.copy()
        found = _first_reaching(threshold[is_split], tree.feature[is_split], front, size, trees.in_float32)
        if found is None:
            return None
        threshold[is_split] = found
        moved.append(replace(tree, threshold=threshold))
    return replace(trees, trees=tuple(moved))


def _first_reaching(thresholds: Array, index: Array, front: Affine, size: int, in_float32: bool) -> Array | None:
    """The smallest raw values [K] that the trees see at or above their thresholds [K]; found by halving intervals.

    Scaling and rounding to 32 bits never turn an order around, so that one such value exists.
    """
    slopes, offsets = (each[index] for each in front.line(size))

    def reaches(values: Array) -> Flags:
        seen = front.column(values, index)
        return (seen.astype(np.float32) if in_float32 else seen) >= thresholds

    guess = (thresholds - offsets) / slopes
    room = 1e-6 * (np.abs(guess) + np.abs(offsets / slopes) + np.abs(thresholds / slopes)) + 1e-40
    low, high = guess - room, guess + room
    if reaches(low).any() or not reaches(high).all():
        return None
    for _ in range(100):
        middle = low + (high - low) / 2
        reached = reaches(middle)
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    found: Array = high
    return found
