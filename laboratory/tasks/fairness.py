"""POST /api/fairness/analyze: whether decisions, given or of a laboratory model, treat groups of people alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np

from laboratory.asked import Asked
from laboratory.fairness.attributes import MOST_ATTRIBUTES, Attribute
from laboratory.fairness.request import analysed, evidence_of, parted
from laboratory.judged import FIELDS, judged
from laboratory.ports import LabModels

OPTIONS: Final = (
    "sensitive_features", "bands", "reference_groups", "favorable_prediction", "threshold", "confidence", "seed",
    "mitigation",
)  # fmt: skip


class FairnessBench(Protocol):
    """What the task needs."""

    @property
    def models(self) -> LabModels: ...


def task(body: Mapping[str, Any], bench: FairnessBench) -> dict[str, Any]:
    """The measures of each attribute and of their intersection.

    Raises InvalidRequest, UnknownLabModel, ModelUnavailable.
    """
    asked = Asked(body, (*FIELDS, *OPTIONS))
    names = asked.names("sensitive_features", MOST_ATTRIBUTES)
    if not asked.has("sensitive_features"):
        asked.wrong("sensitive_features", f"is missing: 1 to {MOST_ATTRIBUTES} columns of data")
    favorable = asked.whole("favorable_prediction", 0, 0, 1)
    confidence = asked.number("confidence", 0.95, 0.5, 0.999)
    seed, mitigate = asked.whole("seed", 0, 0, 2**32 - 1), asked.flag("mitigation")
    threshold = asked.number("threshold", 0.5, 0.0, 1.0) if asked.has("threshold") else None
    if asked.has("model_type") and favorable != 0:
        asked.wrong("favorable_prediction", "must be 0 for a model: its prediction of 1 is an expected default")
    if asked.has("predictions") and threshold is not None:
        asked.wrong("threshold", "cannot be given together with predictions")
    found = judged(asked, bench.models, labels_needed=False)
    if found.expected is None and found.model is None and threshold is None:
        asked.wrong("predictions", "is missing (or give a threshold for the probabilities)")
    several = parted(asked, found, names)
    references = _references(asked, several)
    asked.check()
    predictions = found.expected
    if predictions is None:
        assert found.pd is not None  # noqa: S101 (predictions or probabilities are there)
        at = threshold if threshold is not None else found.model.threshold if found.model else 0.5
        predictions = (found.pd >= at).astype(np.float64)
        threshold = at
    answer = analysed(
        several,
        evidence_of(found, predictions, favorable),
        favorable=favorable,
        confidence=confidence,
        seed=seed,
        references=references,
        mitigate=mitigate,
    )
    return {**answer, "threshold": threshold, "source": dict(found.source) or {"data": "given"}}


def _references(asked: Asked, several: Sequence[Attribute]) -> Mapping[str, str]:
    given = asked.value("reference_groups")
    if given is None:
        return {}
    groups = {each.name: each.names for each in several}
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        asked.wrong("reference_groups", "must be an object: attribute -> group")
        return {}
    for name, group in given.items():
        if group not in groups.get(name, ()):
            known = ", ".join(groups[name][:10]) if name in groups else f"attributes are {', '.join(groups)}"
            asked.wrong("reference_groups", f"has no such group ({known})")
            return {}
    return given
