"""Counts of decisions and outcomes by group, and the rates that fairness measures compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evaluation.arrays import Floats

SELECTED_GOOD, SELECTED_BAD, REFUSED_GOOD, REFUSED_BAD = range(4)
"""Cells: the favourable decision or not, the favourable outcome or not. Without outcomes all are in the good ones."""


@dataclass(frozen=True, slots=True)
class Share:
    """The sum of some cells over that of more of them. `needs`: whom it needs, `by_outcome`: outcomes must be known."""

    of: tuple[int, ...]
    among: tuple[int, ...]
    needs: str
    by_outcome: bool = True

    def counts(self, cells: Floats) -> tuple[Floats, Floats]:
        """Numerator and denominator of cells [..., 4]."""
        return cells[..., list(self.of)].sum(axis=-1), cells[..., list(self.among)].sum(axis=-1)

    def rate(self, cells: Floats) -> Floats:
        """Of cells [..., 4]; NaN where the denominator is 0."""
        part, whole = self.counts(cells)
        found: Floats = np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
        return found


SHARES: Final[Mapping[str, Share]] = {
    "selection_rate": Share((0, 1), (0, 1, 2, 3), "anybody", by_outcome=False),
    "true_positive_rate": Share((SELECTED_GOOD,), (SELECTED_GOOD, REFUSED_GOOD), "people with the favourable outcome"),
    "false_positive_rate": Share((SELECTED_BAD,), (SELECTED_BAD, REFUSED_BAD), "people with the unfavourable outcome"),
    "predictive_value": Share((SELECTED_GOOD,), (SELECTED_GOOD, SELECTED_BAD), "people with the favourable decision"),
}


def cells_of(group: NDArray[np.intp], groups: int, selected: Floats, good: Floats | None) -> Floats:
    """[G, 4] counts of the groups of N rows. `selected` [N] favourable decisions, `good` [N] favourable outcomes."""
    outcome = np.ones(len(selected)) if good is None else good
    cell = (2 * (1 - selected) + (1 - outcome)).astype(np.intp)
    return np.bincount(group * 4 + cell, minlength=groups * 4).reshape(groups, 4).astype(np.float64)


def redrawn(cells: Floats, resamples: int, seed: int) -> Floats:
    """[R, G, 4] cells of resamples of the rows within each group: a bootstrap stratified by group.

    The cells of rows drawn with replacement are multinomial, so the rows themselves need not be drawn.
    """
    generator = np.random.default_rng(seed)
    sizes = cells.sum(axis=1).astype(np.int64)
    return np.stack(
        [generator.multinomial(n, each / n, resamples) for n, each in zip(sizes, cells, strict=True)], axis=1
    ).astype(np.float64)
