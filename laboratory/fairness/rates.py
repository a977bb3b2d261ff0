"""fairlearn's figures by group, without those that it makes up where nothing can be said."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
from numpy.typing import NDArray
from sklearn.metrics import precision_score

from evaluation.arrays import Floats
from laboratory.fairness.cells import SHARES

METRICS: Final[dict[str, Any]] = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "predictive_value": precision_score,
}
"""By the names of SHARES; the positive class is the favourable decision, or outcome."""
DECIDED: Final = np.array([1.0, 1.0, 0.0, 0.0])
TURNED_OUT: Final = np.array([1.0, 0.0, 1.0, 0.0])
"""What each cell of `laboratory.fairness.cells` stands for."""


def group_rates(cells: Floats, labelled: bool) -> dict[str, Floats]:
    """Name -> the rate of each group [G] by fairlearn's MetricFrame, from counts [G, 4].

    NaN where a group has nobody whom the rate is about: fairlearn gives 0 there, which reads as the worst of all, so
    such groups are not shown to it. It is given one row for each cell, weighted by its count, and not the people: the
    figures are the same, and the time does not grow with them. Without labels only the selection rate is known.
    """
    found = {}
    for name, metric in METRICS.items():
        if not labelled and SHARES[name].by_outcome:
            continue
        known: NDArray[np.bool_] = SHARES[name].counts(cells)[1] > 0
        rates = np.full(len(known), np.nan)
        if known.any():
            frame = MetricFrame(
                metrics=metric,
                y_true=np.tile(TURNED_OUT, known.sum()),
                y_pred=np.tile(DECIDED, known.sum()),
                sensitive_features=np.repeat(np.flatnonzero(known), 4),
                sample_params={"sample_weight": cells[known].ravel()},
            )
            rates[known] = np.asarray(frame.by_group.sort_index(), dtype=np.float64)
        found[name] = rates
    return found
