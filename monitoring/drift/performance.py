"""Model drift: whether the model has become worse, where outcomes are known on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot
from typing import Final

import numpy as np

from evaluation.arrays import Floats
from evaluation.assessment import Measure, assess
from evaluation.intervals import Difference, Estimate, difference, mean_estimate, wilson
from evaluation.probability import surprise
from monitoring.drift.options import Options
from monitoring.drift.verdicts import Severity, Verdict, gravest, worst
from monitoring.measures import FEWEST_OF_A_CLASS

RANKING: Final = ("auc_roc", "gini", "ks")
AT_THRESHOLD: Final = ("accuracy", "precision", "recall", "f1", "specificity")
ERRORS: Final = ("brier", "log_loss")
JUDGED: Final = (*RANKING, *AT_THRESHOLD, *ERRORS)
LOWER_IS_BETTER: Final = frozenset(ERRORS)


@dataclass(frozen=True, slots=True)
class _Cost:
    false_negative: float = 1.0
    false_positive: float = 1.0


@dataclass(frozen=True, slots=True)
class MetricDrift:
    """One metric on both sides. `worse_by`: of its reference value, negative where it became better.

    `change`: current less reference, with an interval wide enough for all metrics to be looked at together.
    `beyond_tolerance` and `beyond_chance` (the interval does not hold 0, on the worse side): drift is both.
    """

    reference: Estimate
    current: Estimate
    change: Estimate
    worse_by: float | None
    beyond_tolerance: bool
    beyond_chance: bool

    @property
    def drifted(self) -> bool:
        """Worse by more than is tolerated, and not by chance."""
        return self.beyond_tolerance and self.beyond_chance


@dataclass(frozen=True, slots=True)
class OutcomeDrift:
    """Default rates of both sides, and how far the PDs lie from them.

    `gap_reference`, `gap_current`: default rate less mean PD, 0 when calibrated; None without PDs.
    """

    default_rate_reference: Estimate
    default_rate_current: Estimate
    default_rate_change: Difference
    gap_reference: float | None = None
    gap_current: float | None = None
    gap_change: Difference | None = None
    calibration_moved: bool = False


@dataclass(frozen=True, slots=True)
class ModelDrift:
    """What outcomes say. `verdict`: None when too few are known (`unsaid`). `n_*`: rows with a known outcome."""

    verdict: Verdict | None
    severity: Severity
    n_reference: int
    n_current: int
    outcomes: OutcomeDrift | None
    metrics: Mapping[str, MetricDrift]
    ranking_worse: bool
    unsaid: str | None = None


def model_drift(
    reference: tuple[Floats, Floats | None], current: tuple[Floats, Floats | None], options: Options
) -> ModelDrift:
    """Compare (outcomes [N], PDs [N] or None) of two sides; an outcome that is not known is NaN.

    A metric has drifted when it is worse by more than `options.tolerance` of its reference value and the interval of
    the change, at significance / number of metrics (Bonferroni), lies on the worse side of 0. That interval is put
    together from those of both sides, which are independent: G. Y. Zou, A. Donner, Stat. Med. 27 (2008) 1693-1702.
    """
    before, now = _known(*reference), _known(*current)
    sizes = len(before[0]), len(now[0])
    for side, (outcomes, _) in (("reference", before), ("current", now)):
        bad = int(outcomes.sum())
        if min(bad, len(outcomes) - bad) < FEWEST_OF_A_CLASS:
            told = f"too few outcomes on the {side} side ({bad:,} defaults, {len(outcomes) - bad:,} without"
            unsaid = f"{told}; {FEWEST_OF_A_CLASS} of each are needed)"
            rates = _outcomes(before, now, options) if all(sizes) else None
            return ModelDrift(None, "none", *sizes, rates, {}, ranking_worse=False, unsaid=unsaid)
    outcomes_found = _outcomes(before, now, options)
    metrics = {} if before[1] is None or now[1] is None else _metrics(before, now, options)
    ranking_worse = any(metrics[name].drifted for name in RANKING if name in metrics)
    judged: list[tuple[Verdict, Severity]] = [_judged(each, options) for each in metrics.values()]
    if outcomes_found.calibration_moved:
        judged.append(("drift", "moderate"))
    return ModelDrift(
        verdict=worst(each for each, _ in judged) if metrics else None,
        severity=gravest(each for _, each in judged),
        n_reference=sizes[0],
        n_current=sizes[1],
        outcomes=outcomes_found,
        metrics=metrics,
        ranking_worse=ranking_worse,
        unsaid=None if metrics else "outcomes without predictions: only the default rates can be compared",
    )


def _known(outcomes: Floats, pds: Floats | None) -> tuple[Floats, Floats | None]:
    is_known = ~np.isnan(outcomes)
    return outcomes[is_known], None if pds is None else pds[is_known]


def _judged(metric: MetricDrift, options: Options) -> tuple[Verdict, Severity]:
    if not metric.drifted or metric.worse_by is None:
        return "none", "none"
    return "drift", "high" if metric.worse_by > 3 * options.tolerance else "moderate"


def _outcomes(
    before: tuple[Floats, Floats | None], now: tuple[Floats, Floats | None], options: Options
) -> OutcomeDrift:
    rates = [wilson(int(outcomes.sum()), len(outcomes)) for outcomes, _ in (before, now)]
    sizes = [len(outcomes) for outcomes, _ in (before, now)]
    pooled = (before[0].sum() + now[0].sum()) / sum(sizes)
    variance = float(pooled * (1 - pooled) * (1 / sizes[0] + 1 / sizes[1]))
    change = difference(rates[1].value - rates[0].value, variance, 0.95)
    if before[1] is None or now[1] is None:
        return OutcomeDrift(rates[0], rates[1], change)
    gaps = [outcomes - pds for outcomes, pds in ((before[0], before[1]), (now[0], now[1]))]
    spread = sum(float(each.var()) / len(each) for each in gaps)
    moved = difference(float(gaps[1].mean() - gaps[0].mean()), spread, 1 - options.significance)
    return OutcomeDrift(
        default_rate_reference=rates[0],
        default_rate_current=rates[1],
        default_rate_change=change,
        gap_reference=float(gaps[0].mean()),
        gap_current=float(gaps[1].mean()),
        gap_change=moved,
        calibration_moved=bool(
            moved.p_value < options.significance
            and abs(moved.value) > options.tolerance * rates[0].value
            and abs(gaps[1].mean()) > abs(gaps[0].mean())
        ),
    )


def _metrics(
    before: tuple[Floats, Floats | None], now: tuple[Floats, Floats | None], options: Options
) -> dict[str, MetricDrift]:
    confidence = 1 - options.significance / len(JUDGED)
    sides = [_measured(outcomes, pds, confidence, options) for outcomes, pds in (before, now) if pds is not None]
    found = {}
    for name in JUDGED:
        first, second = (side.get(name) for side in sides)
        if first and second:
            found[name] = _metric(name, first, second, options)
    return found


def _metric(name: str, before: Estimate, now: Estimate, options: Options) -> MetricDrift:
    low = now.value - before.value - hypot(now.value - now.low, before.high - before.value)
    high = now.value - before.value + hypot(now.high - now.value, before.value - before.low)
    change = Estimate(now.value - before.value, low, high)
    loss = change.value if name in LOWER_IS_BETTER else -change.value
    worse_by = loss / abs(before.value) if before.value else None
    return MetricDrift(
        reference=before,
        current=now,
        change=change,
        worse_by=worse_by,
        beyond_tolerance=worse_by is not None and worse_by > options.tolerance,
        beyond_chance=low > 0 if name in LOWER_IS_BETTER else high < 0,
    )


def _measured(outcomes: Floats, pds: Floats, confidence: float, options: Options) -> dict[str, Estimate]:
    """Each metric with its interval.

    Of errors that of a mean: it is as good as a bootstrap's, and needs no draw at the tails that many metrics ask for.
    """
    found = assess(
        outcomes, pds, threshold=options.threshold, weights=_Cost(), confidence=confidence, seed=options.seed
    )
    measures = {name: _estimate(found.measures[name]) for name in JUDGED}
    squared = (pds - outcomes) ** 2
    measures["brier"] = mean_estimate(squared, confidence)
    measures["log_loss"] = mean_estimate(surprise(outcomes, pds), confidence)
    return {name: each for name, each in measures.items() if each is not None}


def _estimate(measure: Measure) -> Estimate | None:
    if measure.value is None or measure.low is None or measure.high is None:
        return None
    return Estimate(measure.value, measure.low, measure.high)
