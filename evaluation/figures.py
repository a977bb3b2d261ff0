"""The figures of a model's predictions, without their intervals."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from evaluation.confusion import RATES, Confusion, CostLike
from evaluation.discrimination import auc, ks
from evaluation.probability import brier, expected_calibration_error, log_loss, probabilities_of

METRICS: Final = (*RATES, "auc_roc", "gini", "ks", "brier", "log_loss", "expected_calibration_error", "rmse", "mae")
"""Every name, the same wherever figures of a model are given."""


def figures(
    defaulted: npt.ArrayLike, pd: npt.ArrayLike, threshold: float, weights: CostLike
) -> dict[str, float | None]:
    """METRICS of PDs [N] for outcomes [N] (1 = default), a default being expected from `threshold` on.

    None where a figure cannot be said of these rows (`why_not`). `rmse` is the root of the Brier score and `mae` the
    mean of |PD - outcome|; `cost` is the sum over all rows. ValueError as `probabilities_of`.
    """
    outcomes, probabilities = probabilities_of(defaulted, pd)
    confusion = Confusion.of(outcomes, probabilities >= threshold)
    rates = {name: confusion.rate(name, weights) for name in RATES}
    squared = brier(outcomes, probabilities)
    ranking: dict[str, float | None] = dict.fromkeys(("auc_roc", "gini", "ks"))
    if outcomes.min() < outcomes.max():
        area = auc(outcomes, probabilities).value
        ranking = {"auc_roc": area, "gini": 2 * area - 1, "ks": ks(outcomes, probabilities)}
    return {
        **rates,
        **ranking,
        "brier": squared,
        "log_loss": log_loss(outcomes, probabilities),
        "expected_calibration_error": expected_calibration_error(outcomes, probabilities),
        "rmse": float(np.sqrt(squared)),
        "mae": float(np.abs(outcomes - probabilities).mean()),
    }


def why_not(name: str) -> str:
    """Why a figure cannot be said, where it is None."""
    return RATES[name].undefined if name in RATES else "it needs defaults and non-defaults"
