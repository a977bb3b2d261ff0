"""POST /api/evaluate: how good given predictions, or a laboratory model on rows, are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol

import numpy as np

from evaluation.arrays import Floats
from evaluation.assessment import RESAMPLES, SHARES, assess
from evaluation.confusion import RATES
from evaluation.cuts import cheapest, cuts
from evaluation.figures import METRICS
from evaluation.folds import fold_scores
from evaluation.sureness import BOUND, errors_by_confidence
from laboratory import compared, drawn_curves
from laboratory.asked import Asked
from laboratory.fairness.attributes import MOST_ATTRIBUTES, Attribute
from laboratory.fairness.request import analysed, evidence_of, parted
from laboratory.judged import FIELDS, Judged, judged
from laboratory.plan import CostWeights
from laboratory.ports import LabModels

OPTIONS: Final = (
    "threshold", "cost", "folds", "confidence_bound", "confidence", "resamples", "seed", "compare_with", "sensitive",
    "bands",
)  # fmt: skip
ONLY_PREDICTIONS: Final = "it needs probabilities, and only predictions are given"
HIGHEST_THRESHOLD: Final = 1.0


class EvaluateBench(Protocol):
    """What the task needs."""

    @property
    def models(self) -> LabModels: ...


@dataclass(frozen=True, slots=True)
class Options:
    """How to judge. `threshold`: None takes the model's own, else the cheapest one; `confidence`: of intervals."""

    threshold: float | None
    cost: CostWeights
    folds: int
    bound: float
    confidence: float
    resamples: int
    seed: int


def task(body: Mapping[str, Any], bench: EvaluateBench) -> dict[str, Any]:
    """All figures with their intervals, at the top level under their names (`evaluation.figures.METRICS`).

    Raises InvalidRequest, UnknownLabModel, ModelUnavailable.
    """
    asked = Asked(body, (*FIELDS, *OPTIONS))
    options = _options(asked)
    sensitive = asked.names("sensitive", MOST_ATTRIBUTES)
    if asked.has("bands") and not asked.has("sensitive"):
        asked.wrong("bands", "needs sensitive: the columns that they part")
    if asked.has("probabilities") and asked.has("predictions"):
        asked.wrong("predictions", "cannot be given together with probabilities: the threshold makes them")
    if asked.has("predictions") and (asked.has("threshold") or asked.has("compare_with")):
        asked.wrong("predictions", "cannot be given together with threshold or compare_with: they need probabilities")
    found = judged(asked, bench.models, labels_needed=True)
    other = compared.other(asked, found, bench.models)
    fewest = 2 if found.n < 2 else min(options.folds, found.n)
    if fewest > found.n:
        asked.wrong("labels", "must hold two rows or more")
    several = parted(asked, found, sensitive, "sensitive") if sensitive else ()
    asked.check()
    return _answer(found, other, options, several)


def _answer(
    found: Judged, other: compared.Other | None, options: Options, several: Sequence[Attribute]
) -> dict[str, Any]:
    outcomes, pd = found.defaulted, found.pd if found.pd is not None else found.expected
    assert outcomes is not None  # noqa: S101 (labels were needed)
    assert pd is not None  # noqa: S101 (one of the two is there)
    threshold, chosen = _threshold(found, outcomes, pd, options)
    assessment = assess(
        outcomes,
        pd,
        threshold=threshold,
        weights=options.cost,
        confidence=options.confidence,
        resamples=options.resamples,
        seed=options.seed,
    )
    said, intervals, not_said = assessment.values(), assessment.intervals(), assessment.not_said()
    if found.pd is None:
        for name in set(METRICS) - set(RATES):
            said.pop(name, None), intervals.pop(name, None)
            not_said[name] = ONLY_PREDICTIONS
    answer: dict[str, Any] = {
        **{name: said.get(name) for name in METRICS},
        "n": len(outcomes),
        "defaults": int(outcomes.sum()),
        "default_rate": float(outcomes.mean()),
        "threshold": None if found.pd is None else threshold,
        "threshold_from": chosen,
        "confusion": asdict(assessment.confusion),
        "confidence": options.confidence,
        "intervals": {name: list(each) for name, each in intervals.items()},
        "interval_methods": {
            "auc_roc, gini": "DeLong",
            ", ".join(SHARES): "Wilson",
            "others": f"bootstrap, {options.resamples} resamples",
        },
        "not_said": not_said,
        "cost_weights": asdict(options.cost),
        "k_fold": _folds(outcomes, pd, threshold, options, said),
        "source": dict(found.source) or {"data": "given"},
    }
    if found.pd is not None:
        errors = errors_by_confidence(outcomes, pd, threshold, options.bound, options.confidence)
        answer["errors"] = {
            "confidence_bound": errors.bound,
            "meaning": "confidence = max(PD, 1 - PD)",
            "high_confidence": {"count": errors.high.count, **asdict(errors.high)},
            "low_confidence": {"count": errors.low.count, **asdict(errors.low)},
        }
        answer |= drawn_curves.drawn(outcomes, pd, threshold, options.cost, options.confidence)
    if other is not None:
        answer["comparison"] = compared.compared(outcomes, pd, threshold, other, options.cost, options.confidence)
    if several:
        evidence = evidence_of(found, (pd >= threshold).astype(np.float64), 0)
        answer["fairness"] = analysed(several, evidence, confidence=options.confidence, seed=options.seed)
    return answer


def _threshold(found: Judged, outcomes: Floats, pd: Floats, options: Options) -> tuple[float, str | None]:
    """The threshold, and where it is from; predictions of 0 and 1 have none."""
    if found.pd is None:
        return 0.5, None
    if options.threshold is not None:
        return options.threshold, "request"
    if found.model is not None:
        return found.model.threshold, "model"
    return cheapest(cuts(outcomes, pd), options.cost)[0], "lowest cost on these rows"


def _folds(
    outcomes: Floats, pd: Floats, threshold: float, options: Options, said: Mapping[str, float]
) -> dict[str, Any]:
    folds = min(options.folds, len(outcomes))
    scores = fold_scores(outcomes, pd, threshold=threshold, weights=options.cost, folds=folds, seed=options.seed)
    return {
        "folds": folds,
        "meaning": "stratified folds of the given predictions: nothing is fitted again",
        "scores": {name: asdict(each) for name, each in scores.items() if name in said},
    }


def _options(asked: Asked) -> Options:
    return Options(
        threshold=asked.number("threshold", 0.5, 0.0, HIGHEST_THRESHOLD) if asked.has("threshold") else None,
        cost=asked.cost(),
        folds=asked.whole("folds", 5, 2, 50),
        bound=asked.number("confidence_bound", BOUND, 0.5, 1.0),
        confidence=asked.number("confidence", 0.95, 0.5, 0.999),
        resamples=asked.whole("resamples", RESAMPLES, 100, 2000),
        seed=asked.whole("seed", 0, 0, 2**32 - 1),
    )
