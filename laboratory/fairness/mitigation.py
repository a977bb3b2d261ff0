"""What thresholds of their own for each group would do: an analysis, of which nothing is stored or applied.

Computed directly and not with fairlearn's ThresholdOptimizer, whose thresholds are randomised: two equal applicants
may get different answers, which no credit decision can defend.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from evaluation.arrays import Floats
from laboratory.fairness.attributes import Attribute
from laboratory.fairness.cells import SHARES, cells_of
from laboratory.fairness.report import Evidence

CAUTION: Final = (
    "An analysis only: nothing of it is stored or applied. To let a protected attribute, or a threshold that depends "
    "on it, decide about credit may be unlawful where it is used; have it checked."
)


def mitigation(attribute: Attribute, evidence: Evidence, favorable: int) -> dict[str, Any]:
    """Thresholds by group that would make selection rates, or true positive rates, those that all have together today.

    `favorable`: the prediction that favours. Each threshold is on the probability of a label of 1; who has equal
    probabilities is decided alike, so rates come out as near as the data allow. What follows is computed on the very
    rows that the thresholds were chosen on.
    """
    if evidence.probability is None:
        return {"caution": CAUTION, "not_said": {"schemes": "it needs probabilities"}}
    today = cells_of(attribute.group, len(attribute.names), evidence.selected, evidence.good)
    schemes = {"equal_selection_rates": _scheme(attribute, evidence, favorable, None)}
    not_said = {}
    if evidence.good is None:
        not_said["equal_opportunity"] = "it needs labels"
    elif not evidence.good.any():
        not_said["equal_opportunity"] = "nobody has the favourable outcome"
    else:
        schemes["equal_opportunity"] = _scheme(attribute, evidence, favorable, evidence.good)
    return {
        "caution": CAUTION,
        "today": _rates(today.sum(axis=0), evidence.good is not None),
        "schemes": schemes,
        "not_said": not_said,
    }


def _scheme(attribute: Attribute, evidence: Evidence, favorable: int, among: Floats | None) -> dict[str, Any]:
    """Every group selected at the share that all have today, counted among everybody or among some [N]."""
    assert evidence.probability is not None  # noqa: S101 (the caller looked)
    merit = evidence.probability if favorable == 1 else -evidence.probability
    counted = np.ones(len(merit)) if among is None else among
    share = float((evidence.selected * counted).sum() / counted.sum())
    selected = np.zeros(len(merit))
    thresholds: list[float | None] = []
    for i in range(len(attribute.names)):
        rows = attribute.group == i
        lowest = _lowest_merit(merit[rows & (counted == 1)], share)
        selected[rows] = merit[rows] >= lowest
        thresholds.append(abs(lowest) if np.isfinite(lowest) else None)
    cells = cells_of(attribute.group, len(attribute.names), selected, evidence.good)
    known = evidence.good is not None
    groups = [
        {"group": name, "threshold": threshold, **_rates(each, known)}
        for name, threshold, each in zip(attribute.names, thresholds, cells, strict=True)
    ]
    rule = "at or above" if favorable == 1 else "at or below"
    return {
        "rule": f"favourable {rule} the group's threshold; without a threshold nobody of the group",
        "groups": groups,
        "overall": _rates(cells.sum(axis=0), known),
        "decisions_changed": int((selected != evidence.selected).sum()),
    }


def _lowest_merit(merit: Floats, share: float) -> float:
    """The merit from which on the share of those who have it is nearest to the one that is wanted."""
    if not len(merit):
        return np.inf
    at = np.unique(merit)
    shares = 1 - np.searchsorted(np.sort(merit), at, side="left") / len(merit)
    options, reached = np.append(at, np.inf), np.append(shares, 0.0)
    return float(options[np.argmin(np.abs(reached - share))])


def _rates(cells: Floats, labelled: bool) -> dict[str, float | None]:
    """Rates of counts [4]; of the outcome only where it is known."""
    found = {name: float(share.rate(cells)) for name, share in SHARES.items() if labelled or not share.by_outcome}
    rates: dict[str, float | None] = {name: None if np.isnan(value) else value for name, value in found.items()}
    if labelled:
        value = rates.pop("predictive_value")
        rates["unfavorable_outcome_rate_of_selected"] = None if value is None else 1 - value
    return rates
