"""Shapley values by drawn permutations, with the error of the draw.

Each background row is taken to the explained row feature by feature, in random orders, each also in reverse (antithetic
sampling: R. Mitchell et al., "Sampling Permutations for Shapley Value Estimation", JMLR 23, 2022). Every order adds up
to the whole difference, so that base + contributions is the output however few are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explanation.lab.arrays import Floats
from explanation.lab.served import CHUNK, Served

_Indices = NDArray[np.intp]
LEAST_PAIRS = 2
"""Of an order and its reverse for each background row: fewer say nothing of their spread."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Contributions [n], and the standard error of each that the draw of orders leaves [n]."""

    contributions: Floats
    errors: Floats


def pairs_within(evaluations: int, features: int, background: int) -> int:
    """How many pairs of orders for each background row a number of scored rows pays for; at least LEAST_PAIRS."""
    return max(LEAST_PAIRS, evaluations // (2 * (features + 1) * background))


def shapley(served: Served, row: Floats, pairs: int, seed: int) -> Drawn:
    """Contributions of one row [n]. The same seed draws the same orders. Raises ModelUnavailable."""
    moving = np.flatnonzero(served.differs(row))
    found, errors = np.zeros(row.size), np.zeros(row.size)
    if not moving.size:
        return Drawn(found, errors)
    orders = _orders(np.random.default_rng(seed), pairs * len(served.background), moving.size)
    starts = np.repeat(served.background, pairs, axis=0)
    at_once = max(1, CHUNK // (2 * (moving.size + 1)))
    steps = [
        _steps(served, row, moving, orders[at : at + at_once], starts[at : at + at_once])
        for at in range(0, len(starts), at_once)
    ]
    drawn = np.concatenate(steps).reshape(len(served.background), pairs, moving.size)
    found[moving] = drawn.mean(axis=(0, 1))
    # The background is given and not drawn: only the spread between the orders of one background row is an error.
    errors[moving] = np.sqrt((drawn.var(axis=1, ddof=1) / pairs).sum(axis=0)) / len(served.background)
    return Drawn(found, errors)


def _orders(generator: np.random.Generator, count: int, features: int) -> Floats:
    """[count, k]: for each draw the place at which each feature moves."""
    places = np.tile(np.arange(features, dtype=np.float64), (count, 1))
    return generator.permuted(places, axis=1)


def _steps(served: Served, row: Floats, moving: _Indices, orders: Floats, starts: Floats) -> Floats:
    """[P, k]: what each feature's move adds, the mean of an order and its reverse."""
    count = moving.size
    places = np.stack([orders, count - 1 - orders], axis=1).reshape(-1, count)
    moved = np.zeros((len(places), count + 1, row.size), dtype=np.bool_)
    moved[:, :, moving] = places[:, None, :] < np.arange(count + 1)[None, :, None]
    rows = np.where(moved, row, np.repeat(starts, 2, axis=0)[:, None, :])
    outputs = served.log_odds(rows.reshape(-1, row.size)).reshape(len(places), count + 1)
    gains = np.take_along_axis(np.diff(outputs, axis=1), places.astype(np.intp), axis=1)
    both: Floats = gains.reshape(-1, 2, count).mean(axis=1)
    return both
