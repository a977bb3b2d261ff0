"""What every measure asks of its input."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def matched(defaulted: npt.ArrayLike, predicted: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Outcomes [N] (1 = default, 0 = not) and predictions [N] as float arrays.

    ValueError when they are empty, differ in length, or hold anything but finite numbers and outcomes of 0 or 1.
    """
    outcomes, values = np.asarray(defaulted, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    if outcomes.ndim != 1 or outcomes.shape != values.shape or not len(outcomes):
        raise ValueError(f"expected two vectors of one length, got shapes {outcomes.shape} and {values.shape}")
    if not np.isin(outcomes, (0.0, 1.0)).all():
        raise ValueError("outcomes must be 0 or 1")
    if not np.isfinite(values).all():
        raise ValueError("predictions must be finite")
    return outcomes, values


def both_classes(defaulted: npt.ArrayLike, predicted: npt.ArrayLike) -> tuple[Floats, Floats]:
    """As `matched`; ValueError also when nobody, or everybody, defaulted."""
    outcomes, values = matched(defaulted, predicted)
    if outcomes.min() == outcomes.max():
        raise ValueError("outcomes must hold defaults and non-defaults")
    return outcomes, values
