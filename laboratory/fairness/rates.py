"""fairlearn's figures by group, without those that it makes up where nothing can be said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
from numpy.typing import NDArray
from sklearn.metrics import precision_score

from evaluation.arrays import Floats
from laboratory.fairness.attributes import Attribute
from laboratory.fairness.cells import SHARES

METRICS = {
    "selection_rate": selection_rate,
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "predictive_value": precision_score,
}
"""The names of SHARES; the positive class is the favourable decision, or outcome."""


def group_rates(
    attribute: Attribute, cells: Floats, selected: Floats, good: Floats | None, names: Sequence[str] = tuple(METRICS)
) -> dict[str, Floats]:
    """Name -> the rate of each group [G] by fairlearn's MetricFrame; NaN where a group has nobody whom it is about.

    fairlearn gives 0 for such groups, which reads as the worst of all: they are not shown to it.
    """
    labels = attribute.group
    truth = selected if good is None else good
    found = {}
    for name in names:
        share = SHARES[name]
        if good is None and share.by_outcome:
            continue
        known: NDArray[np.bool_] = share.counts(cells)[1] > 0
        rates = np.full(len(known), np.nan)
        rows = known[labels]
        if rows.any():
            frame = MetricFrame(
                metrics=METRICS[name], y_true=truth[rows], y_pred=selected[rows], sensitive_features=labels[rows]
            )
            rates[known] = np.asarray(frame.by_group.sort_index(), dtype=np.float64)
        found[name] = rates
    return found
