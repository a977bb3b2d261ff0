"""Shapley values of a function that is a sum over features: each feature's own step, whatever the others are."""

from __future__ import annotations

import numpy as np

from explanation.lab.arrays import Floats
from explanation.lab.served import Served


def contributions(served: Served, rows: Floats) -> Floats:
    """What each feature adds to the log-odds of each row [N, n], against the mean of the background.

    Of f(x) = c + sum g_i(x_i), g_i is read off one row of the background by moving that feature alone: feature i of row
    x gets g_i(x_i) - mean of g_i over the background. Nothing here checks that f is such a sum. Raises
    ModelUnavailable.
    """
    background = served.background
    anchor = background[_middle(served.log_odds(background))]
    found = np.empty_like(rows)
    for i in range(anchor.size):
        values = np.concatenate([rows[:, i], background[:, i]])
        different, where = np.unique(values, return_inverse=True, equal_nan=True)
        moved = np.tile(anchor, (len(different), 1))
        moved[:, i] = different
        steps = served.log_odds(moved)[where]
        found[:, i] = steps[: len(rows)] - steps[len(rows) :].mean()
    return found


def _middle(outputs: Floats) -> int:
    """The row whose output is in the middle: far from the limits at which log-odds are held."""
    return int(np.argsort(outputs, kind="stable")[len(outputs) // 2])
