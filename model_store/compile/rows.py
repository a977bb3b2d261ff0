"""Plausible inputs of a model: where its features lie, rows among them to check it on, and a reference applicant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from model_store.compile.report import ReferenceSource
from model_store.compile.wire import Array
from scoring.features import Feature

_SPREAD_ROWS, _SPLIT_ROWS, _MISSING_ROWS = 21, 8, 4
_SEED = 20
_INNER_QUANTILES = 0.05, 0.5, 0.95
_AROUND_REFERENCE = 0.5
"""Without anything better, a feature is taken to vary by half of its reference value."""


@dataclass(frozen=True)
class Plausible:
    """Where each feature lies. low, high, centre: [n].

    `split_points`: those of a sum of trees on each feature, or none. `is_known`: False when nothing told where the
    features lie, and 0 to 1 was taken.
    """

    low: Array
    high: Array
    centre: Array
    source: ReferenceSource
    split_points: Sequence[Array] = ()
    is_known: bool = True


def from_scaler(inverse: Callable[[Array], Array], low: float, centre: float, high: float, size: int) -> Plausible:
    """From a fitted scaler: the inputs [n] that it maps to these values."""
    columns = inverse(np.repeat([[low], [centre], [high]], size, axis=1))
    return Plausible(columns[0], columns[2], columns[1], "scaler mean")


def from_splits(split_points: Sequence[Array]) -> Plausible:
    """From the thresholds [k] at which trees split each feature, with some room beyond the outermost ones."""
    quantiles = [
        np.quantile(each, _INNER_QUANTILES) if len(each) else np.array([0.0, 0.5, 1.0]) for each in split_points
    ]
    low, centre, high = np.array(quantiles).T
    room = np.where(high > low, 0.1 * (high - low), 1.0)
    return Plausible(low - room, high + room, centre, "split medians", split_points)


def plausible(
    known: Plausible | None, features: Sequence[Feature], reference: Sequence[float] | None, size: int
) -> Plausible:
    """The best that is known: what the files tell, else the reference, else 0 to 1; within the declared ranges."""
    found = known or Plausible(np.zeros(size), np.ones(size), np.zeros(size), "zeros", is_known=False)
    if reference is not None:
        centre = np.array(reference)
        if not found.is_known:
            room = np.where(centre == 0, 1.0, _AROUND_REFERENCE * np.abs(centre))
            found = replace(found, low=centre - room, high=centre + room, is_known=True)
        found = replace(found, centre=centre, source="config")
    if not features:
        return found
    minimum = np.array([-np.inf if feature.minimum is None else feature.minimum for feature in features])
    maximum = np.array([np.inf if feature.maximum is None else feature.maximum for feature in features])
    low, high = np.clip(found.low, minimum, maximum), np.clip(found.high, minimum, maximum)
    if not found.is_known:  # a range that was declared is better than 0 to 1
        declared = np.isfinite(minimum) & np.isfinite(maximum)
        low, high = np.where(declared, minimum, low), np.where(declared, maximum, high)
        found = replace(found, is_known=bool(declared.all()))
    return replace(found, low=low, high=high, centre=np.clip(found.centre, minimum, maximum))


def golden_rows(where: Plausible, features: Sequence[Feature], can_be_missing: Sequence[bool]) -> tuple[Array, Array]:
    """(complete rows [C, n], rows with missing values [M, n]): always the same ones for the same model.

    The centre, both ends and rows spread evenly between them; rows that lie exactly on split points, where a tree's
    comparison must be the framework's own; rows with gaps where `can_be_missing` [n] lets a value be missing.
    """
    random = np.random.default_rng(_SEED)
    size = len(where.low)
    spread = where.low + random.random((_SPREAD_ROWS, size)) * (where.high - where.low)
    rows = [where.centre[None, :], where.low[None, :], where.high[None, :], spread]
    if where.split_points:
        on_splits = where.low + random.random((_SPLIT_ROWS, size)) * (where.high - where.low)
        for column, points in enumerate(where.split_points):
            if len(points):
                on_splits[:, column] = random.choice(points, _SPLIT_ROWS)
        rows.append(on_splits)
    complete = _as_declared(np.concatenate(rows), features)
    if not any(can_be_missing):
        return complete, np.empty((0, size))
    gaps = random.random((_MISSING_ROWS, size)) < np.linspace(0.2, 1.0, _MISSING_ROWS)[:, None]
    with_gaps = np.where(gaps & np.array(can_be_missing), np.nan, complete[-_MISSING_ROWS:])
    return complete, with_gaps


def _as_declared(rows: Array, features: Sequence[Feature]) -> Array:
    """Whole numbers where they must be, and nothing outside the declared ranges."""
    rows = rows.copy()
    for column, feature in enumerate(features):
        if feature.integer:
            rows[:, column] = np.round(rows[:, column])
        rows[:, column] = np.clip(rows[:, column], feature.minimum, feature.maximum)
    return rows
