"""Plausible inputs of a model: where its features lie, rows among them to check it on, and a reference applicant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from model_store.compile.report import ReferenceSource
from model_store.compile.wire import Array
from scoring.features import Feature

_SPREAD_ROWS, _SPLIT_ROWS, _MISSING_ROWS = 21, 8, 4
_MOST_SPREAD_ROWS = 150
"""Up to so many, every category of a feature stands in one of them."""
_SEED = 20
_INNER_QUANTILES = 0.05, 0.5, 0.95
_AROUND_REFERENCE = 0.5
"""Without anything better, a feature is taken to vary by half of its reference value."""


@dataclass(frozen=True)
class Plausible:
    """Where each feature lies. low, high, centre: [n]; centre is NaN where the reference applicant has a gap.

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
            low, high = around(np.where(np.isnan(centre), found.centre, centre))
            found = replace(found, low=low, high=high, is_known=True)
        found = replace(found, centre=centre, source="config")
    if not features:
        return found
    is_code = np.array([feature.categories is not None for feature in features])
    minimum = np.array([_lowest(feature) for feature in features])
    maximum = np.array([_highest(feature) for feature in features])
    low, high = np.clip(found.low, minimum, maximum), np.clip(found.high, minimum, maximum)
    low, high = np.where(is_code, minimum, low), np.where(is_code, maximum, high)
    if not found.is_known:  # a range that was declared is better than 0 to 1
        declared = np.isfinite(minimum) & np.isfinite(maximum)
        low, high = np.where(declared, minimum, low), np.where(declared, maximum, high)
        found = replace(found, is_known=bool(declared.all()))
    centre = np.clip(found.centre, minimum, maximum)
    return replace(found, low=low, high=high, centre=np.where(is_code, np.floor(centre), centre))


def around(centre: Array) -> tuple[Array, Array]:
    """(low, high) of features of which only a typical value [n] is known."""
    room = np.where(centre == 0, 1.0, _AROUND_REFERENCE * np.abs(centre))
    return centre - room, centre + room


def golden_rows(where: Plausible, features: Sequence[Feature], can_be_missing: Sequence[bool]) -> tuple[Array, Array]:
    """(complete rows [C, n], rows with missing values [M, n]): always the same ones for the same model.

    The centre, both ends and rows spread evenly between them, with every category; rows that lie exactly on split
    points, where a tree's comparison must be the framework's own; rows with gaps where `can_be_missing` [n] lets a
    value be missing, the reference applicant's gaps among them.
    """
    random = np.random.default_rng(_SEED)
    size = len(where.low)
    codes = max((len(feature.categories) for feature in features if feature.categories), default=0)
    spread_rows = min(max(codes, _SPREAD_ROWS), _MOST_SPREAD_ROWS)
    spread = where.low + random.random((spread_rows, size)) * (where.high - where.low)
    centre = np.where(np.isnan(where.centre), (where.low + where.high) / 2, where.centre)
    rows = [centre[None, :], where.low[None, :], where.high[None, :], _with_every_code(spread, features)]
    if where.split_points:
        on_splits = where.low + random.random((_SPLIT_ROWS, size)) * (where.high - where.low)
        for column, points in enumerate(where.split_points):
            if len(points):
                on_splits[:, column] = random.choice(points, _SPLIT_ROWS)
        rows.append(on_splits)
    complete = _as_declared(np.concatenate(rows), features)
    lost = np.isnan(where.centre)[None, :]
    if not any(can_be_missing) and not lost.any():
        return complete, np.empty((0, size))
    gaps = random.random((_MISSING_ROWS, size)) < np.linspace(0.2, 1.0, _MISSING_ROWS)[:, None]
    with_gaps = np.where(gaps & np.array(can_be_missing), np.nan, complete[-_MISSING_ROWS:])
    if lost.any():
        with_gaps = np.concatenate([with_gaps, np.where(lost, np.nan, complete[:1])])
    return complete, with_gaps


def _with_every_code(rows: Array, features: Sequence[Feature]) -> Array:
    """The rows [N, n] with codes in their columns: all of a feature's in turn, in an order of its own."""
    random = np.random.default_rng(_SEED)
    rows = rows.copy()
    for column, feature in enumerate(features):
        if feature.categories is not None:
            rows[:, column] = np.resize(random.permutation(len(feature.categories)), len(rows))
    return rows


def _lowest(feature: Feature) -> float:
    if feature.categories is not None:
        return 0.0
    return -np.inf if feature.minimum is None else feature.minimum


def _highest(feature: Feature) -> float:
    if feature.categories is not None:
        return len(feature.categories) - 1.0
    return np.inf if feature.maximum is None else feature.maximum


def _as_declared(rows: Array, features: Sequence[Feature]) -> Array:
    """Whole numbers where they must be, and nothing outside the declared ranges."""
    rows = rows.copy()
    for column, feature in enumerate(features):
        if feature.integer or feature.categories is not None:
            rows[:, column] = np.round(rows[:, column])
        rows[:, column] = np.clip(rows[:, column], _lowest(feature), _highest(feature))
    return rows
