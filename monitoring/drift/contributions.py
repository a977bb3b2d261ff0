"""What the change of each feature does to the mean score: the characteristic stability index in points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from evaluation.arrays import Floats
from evaluation.intervals import z_of
from monitoring.drift.characteristics import PointShift
from routing.ports import Model
from scoring.features import Row
from scoring.scale import ScoreScale

MOST_ATTRIBUTED: Final = 200
"""Rows of each side: an attribution may take milliseconds."""


def point_shifts(
    model: Model, reference: Sequence[Row], current: Sequence[Row], scale: ScoreScale, seed: int
) -> dict[str, PointShift]:
    """For each feature its mean contribution on the current side less that on the reference side, in points.

    N. Siddiqi, Credit Risk Scorecards (2006), sums (share now - share before) x points over the attributes of a
    characteristic; with contributions in the place of a scorecard's points that is this difference of means. Of at most
    MOST_ATTRIBUTED rows of each side, drawn by chance; normal 95% intervals. Raises ModelUnavailable.
    """
    generator = np.random.default_rng(seed)
    before, now = (_contributions(model, _sample(each, generator)) for each in (reference, current))
    if min(len(before), len(now)) < 2:
        return {}
    shifts = now.mean(axis=0) - before.mean(axis=0)
    spread = before.var(axis=0, ddof=1) / len(before) + now.var(axis=0, ddof=1) / len(now)
    halves = z_of(0.95) * np.sqrt(spread) * scale.points_per_log_odds
    points = -shifts * scale.points_per_log_odds  # log-odds of default up: points down
    return {
        name: PointShift(float(point), float(point - half), float(point + half), float(shift))
        for name, point, half, shift in zip(model.schema.names, points, halves, shifts, strict=True)
    }


def _sample(rows: Sequence[Row], generator: np.random.Generator) -> list[Row]:
    if len(rows) <= MOST_ATTRIBUTED:
        return list(rows)
    return [rows[i] for i in sorted(generator.choice(len(rows), MOST_ATTRIBUTED, replace=False))]


def _contributions(model: Model, rows: Sequence[Row]) -> Floats:
    """[N, n]; a row that the model cannot score has none."""
    found = np.array([model.attribute(row).contributions for row in rows], dtype=np.float64)
    return np.asarray(found[np.isfinite(found).all(axis=1)], dtype=np.float64)
