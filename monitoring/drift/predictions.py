"""Prediction drift: whether the model says something else of today's people, and approves more or fewer of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evaluation.arrays import Floats
from evaluation.intervals import Difference, Estimate, difference, mean_estimate, wilson
from monitoring.drift.index import Index, index_of_numbers
from monitoring.drift.options import FEWEST_VALUES, Options
from monitoring.drift.two_samples import Corrected, Tested, corrected, kolmogorov_smirnov, same_shares
from monitoring.drift.verdicts import Severity, Verdict, by_size, gravest, worst

APPROVAL_SHIFT = 0.05
"""Share of all applicants: a change of the approval rate that a business plan notices."""


@dataclass(frozen=True, slots=True)
class PredictionDrift:
    """The PDs of both sides. `verdict`: None when it cannot be judged, `unsaid` says why.

    Who has a PD below `threshold` is approved. `changed`: any of the corrected tests says so. `approval_verdict`: of
    the approval rate by itself. `current` of the mean PD less `reference`: `mean_pd_change`.
    """

    verdict: Verdict | None
    severity: Severity
    changed: bool
    n_reference: int
    n_current: int
    threshold: float
    tests: Mapping[str, Corrected]
    psi: Index
    mean_pd_reference: float
    mean_pd_current: float
    mean_pd_change: Difference | None
    approval_rate_reference: Estimate
    approval_rate_current: Estimate
    approval_rate_change: Difference
    approval_verdict: Verdict | None
    unsaid: str | None = None


def prediction_drift(reference: Floats, current: Floats, options: Options) -> PredictionDrift:
    """Compare PDs [N] and [M], each with at least one, all of [0, 1]."""
    psi = index_of_numbers(reference, current, options)
    found: dict[str, Tested] = {"kolmogorov_smirnov": kolmogorov_smirnov(reference, current), "psi": psi.tested}
    approved = [int((each < options.threshold).sum()) for each in (reference, current)]
    sizes = (len(reference), len(current))
    counts = [np.array([n, size - n], dtype=np.int64) for n, size in zip(approved, sizes, strict=True)]
    if shares := same_shares(*counts):
        found["approval_rate"] = shares
    adjusted = corrected([each.p_value for each in found.values()], options.correction)
    tests = {
        name: Corrected.of(each, p, options.significance)
        for (name, each), p in zip(found.items(), adjusted, strict=True)
    }
    changed = any(each.significant for each in tests.values())
    rates = [wilson(n, size) for n, size in zip(approved, sizes, strict=True)]
    shift = _approval_change(rates[0].value, rates[1].value, *sizes)
    verdict, severity = by_size(changed, psi.value, options)
    by_approval: tuple[Verdict, Severity] = ("none", "none")
    if "approval_rate" in tests and tests["approval_rate"].significant:
        large = abs(shift.value) >= APPROVAL_SHIFT
        by_approval = ("drift", "moderate") if large else ("watch", "low")
    unsaid = None
    if min(sizes) < FEWEST_VALUES:
        unsaid = f"too few predictions ({sizes[0]:,} before, {sizes[1]:,} now; {FEWEST_VALUES} of each are needed)"
    return PredictionDrift(
        verdict=None if unsaid else worst((verdict, by_approval[0])),
        severity="none" if unsaid else gravest((severity, by_approval[1])),
        changed=changed and unsaid is None,
        n_reference=sizes[0],
        n_current=sizes[1],
        threshold=options.threshold,
        tests=tests,
        psi=psi,
        mean_pd_reference=float(reference.mean()),
        mean_pd_current=float(current.mean()),
        mean_pd_change=_mean_change(reference, current) if min(sizes) > 1 else None,
        approval_rate_reference=rates[0],
        approval_rate_current=rates[1],
        approval_rate_change=shift,
        approval_verdict=None if unsaid else by_approval[0],
        unsaid=unsaid,
    )


def _approval_change(before: float, now: float, n_before: int, n_now: int) -> Difference:
    """Newcombe's interval of a difference of two shares, from Wilson's of each (Stat. Med. 17 (1998) 873-890)."""
    pooled = (before * n_before + now * n_now) / (n_before + n_now)
    plain = difference(now - before, pooled * (1 - pooled) * (1 / n_before + 1 / n_now), 0.95)
    first, second = wilson(round(before * n_before), n_before), wilson(round(now * n_now), n_now)
    low = plain.value - float(np.hypot(now - second.low, first.high - before))
    high = plain.value + float(np.hypot(second.high - now, before - first.low))
    return Difference(plain.value, low, high, plain.p_value)


def _mean_change(reference: Floats, current: Floats) -> Difference:
    before, now = mean_estimate(reference), mean_estimate(current)
    variance = reference.var(ddof=1) / len(reference) + current.var(ddof=1) / len(current)
    return difference(now.value - before.value, float(variance), 0.95)
