"""Arrays of coded rows, NaN where a value is missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def same(row: Floats, others: Floats) -> Flags:
    """Where values are equal; a gap equals a gap."""
    equal: Flags = (row == others) | (np.isnan(row) & np.isnan(others))
    return equal


def sample(rows: Floats, count: int, seed: int) -> Floats:
    """At most `count` of the rows [N, n], drawn without replacement, in their order."""
    if len(rows) <= count:
        return rows
    drawn = np.random.default_rng(seed).choice(len(rows), count, replace=False)
    return rows[np.sort(drawn)]
