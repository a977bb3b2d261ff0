"""From what is judged to the whole answer: every attribute, their intersection, and what the words mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from evaluation.arrays import Floats
from evaluation.fairness import SMALLEST_GROUP
from laboratory.asked import Asked
from laboratory.fairness.attributes import Attribute, attributes, intersection
from laboratory.fairness.mitigation import mitigation
from laboratory.fairness.report import RESAMPLES, Evidence, report
from laboratory.judged import Judged

MOST_INTERSECTED: Final = 500
WORDS: Final[Mapping[str, str]] = {
    "selection_rate": "share of a group with the favourable decision",
    "true_positive_rate": "share with the favourable decision among those with the favourable outcome",
    "false_positive_rate": "share with the favourable decision among those with the unfavourable outcome",
    "predictive_value": "share with the favourable outcome among those with the favourable decision",
    "demographic_parity_difference": "largest less smallest selection rate",
    "demographic_parity_ratio": "smallest over largest selection rate",
    "disparate_impact": "lowest selection rate over the reference group's; from 0.8 on it passes the 80% test",
    "statistical_parity_difference": "selection rate less the reference group's, of the group farthest from it",
    "equal_opportunity_difference": "largest less smallest true positive rate",
    "equalized_odds_difference": "the larger of the differences of true and of false positive rates",
    "predictive_parity_difference": "largest less smallest predictive value",
    "calibration_gap_difference": "largest less smallest gap between mean probability and observed rate",
}


def parted(asked: Asked, found: Judged, names: Sequence[str], at: str = "sensitive_features") -> tuple[Attribute, ...]:
    """The attributes of the rows that are judged. What is wrong goes to `asked`; `at` is their field."""
    if found.rows is not None:
        return attributes(asked, found.rows, names, at)
    if not found.groups:
        asked.wrong("data", "is missing: it holds the sensitive features")
        return ()
    if asked.has("bands"):
        asked.wrong("bands", "needs data: groups of a validation set are as they are")
    for name in names:
        if name not in found.groups:
            known = ", ".join(found.groups)
            asked.wrong(at, f"{name} is not in the validation set, which has {known}")
    return tuple(Attribute.of(name, found.groups[name]) for name in names if name in found.groups)


def evidence_of(found: Judged, predictions: Floats, favorable: int) -> Evidence:
    """Decisions and outcomes as fairness sees them; a label of `favorable` is the favourable outcome."""
    labels = found.defaulted
    good = None if labels is None else (labels == favorable).astype(np.float64)
    return Evidence((predictions == favorable).astype(np.float64), good, labels, found.pd)


def analysed(
    several: Sequence[Attribute],
    evidence: Evidence,
    *,
    favorable: int = 0,
    confidence: float = 0.95,
    seed: int = 0,
    references: Mapping[str, str] | None = None,
    mitigate: bool = False,
) -> dict[str, Any]:
    """Every attribute, and all of them together where there are two or more."""
    chosen = references or {}

    def told(attribute: Attribute) -> dict[str, Any]:
        found = report(attribute, evidence, confidence, seed, chosen.get(attribute.name))
        return {**found, "mitigation": mitigation(attribute, evidence, favorable)} if mitigate else found

    answer: dict[str, Any] = {
        "n": len(evidence.selected),
        "favorable_prediction": favorable,
        "convention": _convention(favorable),
        "confidence": confidence,
        "smallest_group": SMALLEST_GROUP,
        "definitions": dict(WORDS),
        "interval_methods": {
            "rates": "Wilson",
            "differences between groups": f"bootstrap stratified by group, {RESAMPLES} resamples",
            "ratios": "Katz",
            "statistical parity": "Newcombe",
            "of the groups farthest apart": "Bonferroni over all pairs of groups, but ratios",
        },
        "attributes": {each.name: told(each) for each in several},
        "intersection": None,
    }
    if len(several) < 2:
        answer["not_said"] = {"intersection": "it needs two attributes"}
        return answer
    together = intersection(several)
    if len(together.names) > MOST_INTERSECTED:
        reason = f"{len(together.names):,} groups; at most {MOST_INTERSECTED} can be judged: choose fewer attributes"
        answer["not_said"] = {"intersection": reason}
        return answer
    found = told(together)
    answer["intersection"] = {"of": [each.name for each in several], **found}
    answer["not_said"] = {}
    return answer


def _convention(favorable: int) -> str:
    if favorable == 0:
        return (
            "A prediction of 1 means that a default is expected and the applicant refused; 0, an approval, is the "
            "favourable decision. A label of 1 is a default; 0 is the favourable outcome."
        )
    return "A prediction of 1 is the favourable decision, a label of 1 the favourable outcome."
