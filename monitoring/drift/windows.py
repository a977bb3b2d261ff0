"""Drift over time: the same checks, window by window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from evaluation.arrays import Floats
from evaluation.intervals import Estimate
from monitoring.drift.characteristics import FeatureDrift
from monitoring.drift.predictions import PredictionDrift
from monitoring.drift.report import DriftReport
from monitoring.drift.verdicts import Severity, Verdict

Step = Literal["day", "week", "month"]
STEPS: Final[tuple[Step, ...]] = ("day", "week", "month")
MOST_WINDOWS: Final = 60


@dataclass(frozen=True, slots=True)
class FeaturePoint:
    """One feature in one window, against the reference."""

    verdict: Verdict | None
    psi: float | None
    psi_by_chance: float | None
    ks: float | None
    p_adjusted: float | None
    missing: float
    mean: float | None


@dataclass(frozen=True, slots=True)
class ScorePoint:
    """The predictions of one window, against the reference."""

    verdict: Verdict | None
    psi: float
    psi_by_chance: float
    mean_pd: float
    approval_rate: Estimate


@dataclass(frozen=True, slots=True)
class Window:
    """`start` (inclusive) and `end` (exclusive) are days, UTC, ISO 8601; `n`: requests in it."""

    start: str
    end: str
    n: int
    verdict: Verdict | None
    severity: Severity
    score: ScorePoint | None
    features: Mapping[str, FeaturePoint]


def window_of(scored_at: str, step: Step) -> tuple[str, str]:
    """First day of the window that a stamp lies in, and first day of the next one; weeks begin on Monday."""
    day = date.fromisoformat(scored_at[:10])
    if step == "day":
        first, after = day, day + timedelta(days=1)
    elif step == "week":
        first = day - timedelta(days=day.weekday())
        after = first + timedelta(days=7)
    else:
        first = day.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
    return first.isoformat(), after.isoformat()


def places(scored_at: Sequence[str], step: Step) -> dict[tuple[str, str], list[int]]:
    """Which rows lie in which window; the newest MOST_WINDOWS of those that hold any, oldest first."""
    found: dict[tuple[str, str], list[int]] = {}
    for i, each in enumerate(scored_at):
        found.setdefault(window_of(each, step), []).append(i)
    return {bounds: found[bounds] for bounds in sorted(found)[-MOST_WINDOWS:]}


def point(bounds: tuple[str, str], n: int, report: DriftReport, pds: Floats) -> Window:
    """What a report on one window says of it, in short. `pds` [n]: of its rows."""
    return Window(
        start=bounds[0],
        end=bounds[1],
        n=n,
        verdict=report.verdict,
        severity=report.severity,
        score=_score(report.prediction, pds) if report.prediction else None,
        features={each.feature: _feature(each) for each in report.features},
    )


def _feature(found: FeatureDrift) -> FeaturePoint:
    ks = found.tests.get("kolmogorov_smirnov")
    return FeaturePoint(
        verdict=found.verdict,
        psi=found.csi.value if found.csi else None,
        psi_by_chance=found.csi.by_chance_95 if found.csi else None,
        ks=ks.statistic if ks else None,
        p_adjusted=min((each.p_adjusted for each in found.tests.values()), default=None),
        missing=found.missing_current,
        mean=found.current.mean if found.current else None,
    )


def _score(found: PredictionDrift, pds: Floats) -> ScorePoint:
    return ScorePoint(
        found.verdict, found.psi.value, found.psi.by_chance_95, float(pds.mean()), found.approval_rate_current
    )
