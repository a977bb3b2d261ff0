"""Shapley values of a served model's log-odds against a background, by the exact way where there is one.

The value of a set of features is the mean log-odds over the background when these features are the row's:
interventional Shapley values (S. Lundberg and S.-I. Lee, NeurIPS 2017). Base + contributions is the row's log-odds as
served: what 32-bit arithmetic leaves between a formula and the served output is shared by the contributions in
proportion to their sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from explanation.lab import additive, permutations
from explanation.lab.arrays import Flags, Floats
from explanation.lab.coalitions import MOST_PLAYERS, coalitions, shapley
from explanation.lab.served import Served

FORMULA_GAP = 1e-3
"""Relative to 1 + |log-odds|: how far 32-bit arithmetic may take the served output from a formula's.

More means that the served log-odds were held to a limit, or that the model is no such sum."""
ADDITIVE: Final = "additive (exact)"
TREES: Final = "trees (exact)"
ENUMERATED: Final = "enumeration (exact)"
DRAWN: Final = "permutations (drawn)"


@dataclass(frozen=True, eq=False)
class Explained:
    """Rows taken apart: base + contributions.sum(axis=1) = outputs [N], in log-odds of default.

    `contributions`, `errors` [N, n]: the errors are standard errors of what was drawn, 0 where nothing was.
    `methods`: of each row, one of the four.
    """

    base: float
    outputs: Floats
    contributions: Floats
    errors: Floats
    methods: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether nothing was drawn."""
        return DRAWN not in self.methods


def explain(served: Served, rows: Floats, evaluations: int, seed: int) -> Explained:
    """Contributions to the log-odds of rows [N, n]. Raises ModelUnavailable.

    Where no formula holds, about `evaluations` rows are scored for each row: all coalitions where they are so few, else
    drawn orders, at least as many as tell their own error. The same seed gives the same.
    """
    outputs, base = served.log_odds(rows), float(served.log_odds(served.background).mean())
    found, holds, by_formula = _by_formula(served, rows, outputs - base)
    errors, methods = np.zeros_like(rows), [by_formula] * len(rows)
    for at in np.flatnonzero(~holds):
        found[at], errors[at], methods[at] = _by_scoring(served, rows[at], evaluations, seed)
    return Explained(base, outputs, completed(found, outputs - base), errors, tuple(methods))


def completed(contributions: Floats, totals: Floats) -> Floats:
    """Contributions [N, n] that add up to totals [N]: rounding's remainder is shared in proportion to their sizes."""
    sizes = np.abs(contributions)
    whole = sizes.sum(axis=1, keepdims=True)
    left = (totals - contributions.sum(axis=1))[:, None]
    shared: Floats = contributions + np.divide(sizes * left, whole, out=np.zeros_like(sizes), where=whole > 0)
    return shared


def _by_formula(served: Served, rows: Floats, totals: Floats) -> tuple[Floats, Flags, str]:
    """(contributions, the rows for which they hold, the formula's name)."""
    if served.boxes is not None:
        found, method = served.boxes.contributions(rows, served.background), TREES
    elif served.is_additive:
        found, method = additive.contributions(served, rows), ADDITIVE
    else:
        return np.zeros_like(rows), np.zeros(len(rows), np.bool_), ENUMERATED
    gaps = np.abs(found.sum(axis=1) - totals)
    return found, gaps <= FORMULA_GAP * (1 + np.abs(totals)), method


def _by_scoring(served: Served, row: Floats, evaluations: int, seed: int) -> tuple[Floats, Floats, str]:
    """(contributions, errors, method) of one row."""
    moving, background = np.flatnonzero(served.differs(row)), served.background
    if moving.size <= MOST_PLAYERS and (1 << moving.size) * len(background) <= evaluations:
        found = np.zeros(row.size)
        if moving.size:
            members = coalitions(moving.size)
            held = np.zeros((len(members), row.size), np.bool_)
            held[:, moving] = members
            found[moving] = shapley(served.mixtures(row, held, background).mean(axis=1))
        return found, np.zeros(row.size), ENUMERATED
    pairs = permutations.pairs_within(evaluations, moving.size, len(background))
    drawn = permutations.shapley(served, row, pairs, seed)
    return drawn.contributions, drawn.errors, DRAWN
