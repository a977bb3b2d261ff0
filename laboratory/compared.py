"""Two models on the same people: which is better, and whether chance could have made the difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evaluation.arrays import Floats
from evaluation.cuts import cheapest, cuts
from evaluation.discrimination import auc_difference
from evaluation.figures import figures
from evaluation.mcnemar import mcnemar
from evaluation.probability import brier_difference
from laboratory.asked import Asked
from laboratory.judged import MODEL_FIELDS, Judged, about, same_length
from laboratory.plan import CostWeights
from laboratory.ports import LabModels
from laboratory.scored import scored

NAME: Final = "compare_with"
LEAST_OF_A_CLASS: Final = 2
NOT_SAID: Final = "it needs two defaults and two non-defaults"


@dataclass(frozen=True, eq=False)
class Other:
    """The second of two. `pd` [N], NaN where it gave none; `threshold`: None for the cheapest one on these rows."""

    pd: Floats
    threshold: float | None
    source: Mapping[str, Any]


def other(asked: Asked, first: Judged, models: LabModels) -> Other | None:
    """The second one that a request names under `compare_with`, on the rows of the first; None where it names none.

    Raises InvalidRequest, UnknownLabModel, ModelUnavailable.
    """
    if not asked.has(NAME):
        return None
    inner = asked.inner(NAME, (*MODEL_FIELDS, "probabilities", "threshold"))
    asked.check()
    threshold = inner.number("threshold", 0.5, 0.0, 1.0) if inner.has("threshold") else None
    model_type, pd = inner.model_type(), inner.probabilities("probabilities")
    version, experiment = inner.text("model_version"), inner.text("experiment_name")
    if inner.has("model_type") == inner.has("probabilities"):
        inner.wrong("probabilities", "or a model_type must be given, and not both")
    if model_type is not None and first.rows is None:
        inner.wrong("model_type", "needs data: the rows that both models are judged on")
    inner.check()
    if pd is not None:
        not_scored = first.source.get("not_scored", 0)
        if not_scored:
            inner.wrong("probabilities", f"cannot be paired: the model gave no score for {not_scored} rows")
            inner.check()
        return Other(same_length(f"{NAME}.probabilities", pd, first.n), threshold, {"data": "given"})
    model = models.find(model_type, version, experiment)  # type: ignore[arg-type]  # one of the two is there
    found = scored(model, first.rows or ())
    told = {**about(model), "imputed": found.imputed, "not_scored": int((~found.usable).sum())}
    return Other(found.pd, model.threshold if threshold is None else threshold, told)


def compared(
    outcomes: Floats, pd: Floats, threshold: float, second: Other, weights: CostWeights, confidence: float
) -> dict[str, Any]:
    """The figures of the second and the differences, first less second, with intervals and p-values.

    AUC by DeLong's paired test, Brier score by paired differences, accuracy by McNemar's exact test. Only of rows that
    both have scored.
    """
    both: NDArray[np.bool_] = ~np.isnan(second.pd)
    outcomes, pd, theirs = outcomes[both], pd[both], second.pd[both]
    at = cheapest(cuts(outcomes, theirs), weights)[0] if second.threshold is None else second.threshold
    judged = mcnemar(outcomes, pd >= threshold, theirs >= at, confidence)
    answer: dict[str, Any] = {
        "n": len(outcomes),
        "with": dict(second.source),
        "threshold": at,
        "threshold_from": "lowest cost on these rows" if second.threshold is None else "request or model",
        "first": figures(outcomes, pd, threshold, weights),
        "second": figures(outcomes, theirs, at, weights),
        "accuracy_difference": asdict(judged.accuracy_difference),
        "only_first_right": judged.only_first_right,
        "only_second_right": judged.only_second_right,
        "tests": {"auc_roc": "DeLong, paired", "brier": "paired differences", "accuracy": "McNemar, exact"},
    }
    if len(outcomes) > 1:
        answer["brier_difference"] = asdict(brier_difference(outcomes, pd, theirs, confidence))
    if LEAST_OF_A_CLASS <= outcomes.sum() <= len(outcomes) - LEAST_OF_A_CLASS:
        answer["auc_difference"] = asdict(auc_difference(outcomes, pd, theirs, confidence))
    else:
        answer["not_said"] = {"auc_difference": NOT_SAID}
    return answer
