"""The function that is explained: a model as it serves, and the customers that others are compared with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from explanation.lab.arrays import Flags, Floats, same
from explanation.lab.boxes import Boxes
from scoring.errors import ModelUnavailable
from scoring.features import Feature, Row

Score = Callable[[Sequence[Row]], Sequence[float]]
"""Rows [N, n] to N log-odds of default; NaN where the output was not a usable one."""
CHUNK = 8_192
"""Rows that are scored at once: more would only take more memory."""


@dataclass(frozen=True, eq=False)
class Served:
    """A model to be explained.

    `background` [M, n]: coded rows, NaN for a gap, that "instead of this value" is averaged over. `is_additive`: its
    log-odds are said to be a sum over features; `boxes`: the leaves that they are said to be a sum of. Neither is used
    unchecked.
    """

    name: str
    score: Score
    features: tuple[Feature, ...]
    background: Floats
    is_additive: bool = False
    boxes: Boxes | None = None

    def log_odds(self, rows: Floats) -> Floats:
        """Log-odds of default [N] of coded rows [N, n]. Raises ModelUnavailable, also for an unusable output."""
        chunks: list[Any] = [rows[at : at + CHUNK] for at in range(0, len(rows), CHUNK)]  # models take arrays, too
        found = np.array([each for chunk in chunks for each in self.score(chunk)], dtype=np.float64)
        if not np.isfinite(found).all():
            raise ModelUnavailable(self.name, "gave no usable output for a row that its explanation needs")
        return found

    def mixtures(self, row: Floats, held: Flags, background: Floats) -> Floats:
        """Log-odds [S, M] of background rows [M, n] with the row's values where `held` [S, n] says so."""
        at_once = max(1, CHUNK // len(background))
        parts = [
            self.log_odds(np.where(held[at : at + at_once, None, :], row, background).reshape(-1, row.size))
            for at in range(0, len(held), at_once)
        ]
        return np.concatenate(parts).reshape(len(held), len(background))

    def differs(self, row: Floats) -> Flags:
        """[n]: whether any customer of the background has another value than the row."""
        differing: Flags = np.any(~same(row, self.background), axis=0)
        return differing
