"""A stored prediction as reports see it: what was said, what was decided, and what is known of the customer since."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from sys import intern
from typing import Any

from routing.archive import Filed
from routing.audit import decision_in_force
from routing.outcomes import newest_outcome
from scoring.identity import moment
from scoring.record import ErasedRecord, ScoreRecord

MATURITY_MONTHS = 12
"""The usual outcome window: Basel's PD is that of one year."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """What a shadow route said of the same request."""

    route: str
    versions: str
    score: float
    probability_of_default: float
    decision: str


@dataclass(frozen=True, slots=True)
class Observation:
    """One prediction. `versions`: the models that answered, each with its version.

    `decision` is the computed one, `in_force` an override's where there is one. `defaulted`: True at once; False only
    when seen at the end of the outcome window or later; else None. `is_early`: "not defaulted" was seen before that
    end. `is_complete`: the window has ended by the day of the report. `failed_shadows`: shadow routes that could not
    answer.
    """

    scored_at: str
    route: str
    versions: str
    score: float
    probability_of_default: float
    decision: str
    in_force: str
    defaulted: bool | None
    is_early: bool
    is_complete: bool
    in_place_of_challenger: bool
    shadows: tuple[Shadow, ...] = ()
    failed_shadows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that a report is made of. `erased`: predictions of which nothing can be said any more."""

    observations: tuple[Observation, ...]
    erased: int
    maturity_months: int
    on: date


def observe(filed: Iterable[Filed], on: date, maturity_months: int = MATURITY_MONTHS) -> Observed:
    """Read an archive's scan once, keeping of each prediction only what reports need. `on`: the day of the report."""
    observations, erased = [], 0
    for each in filed:
        if isinstance(each.record, ErasedRecord):
            erased += 1
        else:
            observations.append(_observation(each.record, each, on, maturity_months))
    # In one order, whatever the scan's: sums of floats depend on it, and the same archive gives the same report.
    observations.sort(key=lambda each: (each.scored_at, each.route, each.probability_of_default))
    return Observed(tuple(observations), erased, maturity_months, on)


def months_after(day: date, months: int) -> date:
    """The same day of the month, `months` later; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _observation(record: ScoreRecord, filed: Filed, on: date, maturity_months: int) -> Observation:
    end = months_after(moment(record.scored_at).date(), maturity_months)
    outcome = newest_outcome(filed.events)
    seen = (outcome.body if outcome else None) or {}
    is_default = bool(seen and seen["defaulted"])
    is_mature = bool(seen) and (is_default or date.fromisoformat(seen["observed_on"]) >= end)
    said = [each.body for each in filed.events if each.kind == "shadow" and each.body is not None]
    return Observation(
        scored_at=record.scored_at,
        route=intern(record.route),
        versions=_versions((each.model, each.version) for each in record.models),
        score=record.score,
        probability_of_default=record.probability_of_default,
        decision=intern(record.decision),
        in_force=intern(decision_in_force(filed)),
        defaulted=is_default if is_mature else None,
        is_early=bool(seen) and not is_mature,
        is_complete=end <= on,
        in_place_of_challenger=any("@" in each.model for each in record.degraded),
        shadows=tuple(_shadow(body) for body in said if "problem" not in body),
        failed_shadows=tuple(intern(str(body["route"])) for body in said if "problem" in body),
    )


def _shadow(body: Any) -> Shadow:
    return Shadow(
        route=intern(str(body["route"])),
        versions=_versions((each["model"], each["version"]) for each in body["models"]),
        score=float(body["score"]),
        probability_of_default=float(body["probability_of_default"]),
        decision=intern(str(body["decision"])),
    )


def _versions(used: Iterable[tuple[str, str]]) -> str:
    return intern(", ".join(f"{model} {version}" for model, version in sorted(used)))
