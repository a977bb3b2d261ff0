"""Where a net's first layer starts: as soft steps between the quantiles of each column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Layer = tuple[NDArray[np.float32], NDArray[np.float32]]
"""(weight [K, n], bias [K]) of a Linear layer."""
QUANTILES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Of each column (of fewer values: fewer); between two of them lies a step."""
NARROWEST_STEP = 0.02
"""In standard deviations of the column."""
MOST_ROWS = 100_000
"""That quantiles are taken of, evenly spread."""


def soft_steps(rows: NDArray[np.float32], activation: str) -> Layer:
    """A first layer that says which part of the customers a value lies in, for standardised rows [N, n].

    Amounts of money are so skewed that a net which starts from one scale sees little but the few largest. tanh makes a
    soft step of each unit, relu a bend of a line at the lower quantile. Like every layer this one is then trained.
    A constant column gets no unit; where all are constant there is one that sees nothing.
    """
    every = -(-len(rows) // MOST_ROWS)
    weights, biases = [], []
    for index, column in enumerate(rows[::every].T):
        knots = np.unique(np.quantile(column, QUANTILES))
        slopes = 2 / np.maximum(np.diff(knots), NARROWEST_STEP)
        weight = np.zeros((len(slopes), rows.shape[1]))
        weight[:, index] = slopes
        weights.append(weight)
        middle = (knots[1:] + knots[:-1]) / 2
        biases.append(-slopes * (middle if activation == "tanh" else knots[:-1]))
    weight, bias = np.concatenate(weights), np.concatenate(biases)
    if not len(bias):
        weight, bias = np.zeros((1, rows.shape[1])), np.zeros(1)
    return weight.astype(np.float32), bias.astype(np.float32)
