"""How well predictions came true, by month of scoring and by model version, and how often people decided otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluation.intervals import Estimate, wilson
from monitoring.measures import Calibration, Cost, Ranking, calibration, cost, ranking
from monitoring.observations import Observation, Observed

DECISIONS = {"approve": "approved", "refer": "referred", "decline": "declined"}


@dataclass(frozen=True, slots=True)
class Cohort:
    """A group of predictions. `early`: seen not to have defaulted, but before the end of the outcome window.

    `unsaid`: what cannot be said of it, and why.
    """

    name: str
    predictions: int
    outcomes: int
    defaults: int
    early: int
    ranking: Ranking | None
    calibration: Calibration | None
    cost: Cost | None
    unsaid: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overrides:
    """How often a person decided otherwise. `changes`: "decline to approve" -> how many.

    `default_rate`: of those approved against the computed decision whose outcome window has ended; None without any.
    """

    predictions: int
    overridden: int
    rate: Estimate | None
    changes: dict[str, int]
    outcomes: int
    default_rate: Estimate | None


@dataclass(frozen=True, slots=True)
class Performance:
    """The report. `on`: its day (ISO 8601); `notes`: how far its figures reach."""

    on: str
    maturity_months: int
    predictions: int
    erased: int
    total: Cohort
    by_month: tuple[Cohort, ...]
    by_version: tuple[Cohort, ...]
    overrides: Overrides
    notes: tuple[str, ...]


def performance(observed: Observed) -> Performance:
    """Measure what was observed, all together, by month of scoring (UTC) and by route and versions that answered."""
    every = observed.observations
    return Performance(
        on=observed.on.isoformat(),
        maturity_months=observed.maturity_months,
        predictions=len(every),
        erased=observed.erased,
        total=_cohort("all", every),
        by_month=_cohorts(every, lambda each: each.scored_at[:7]),
        by_version=_cohorts(every, lambda each: f"{each.route}: {each.versions}"),
        overrides=_overrides(every),
        notes=_notes(observed),
    )


def _cohorts(every: Sequence[Observation], name_of: Callable[[Observation], str]) -> tuple[Cohort, ...]:
    groups: dict[str, list[Observation]] = {}
    for each in every:
        groups.setdefault(name_of(each), []).append(each)
    return tuple(_cohort(name, groups[name]) for name in sorted(groups))


def _cohort(name: str, group: Sequence[Observation]) -> Cohort:
    ranked, calibrated = ranking(group), calibration(group)
    return Cohort(
        name=name,
        predictions=len(group),
        outcomes=sum(each.defaulted is not None for each in group),
        defaults=sum(each.defaulted is True for each in group),
        early=sum(each.is_early for each in group),
        ranking=ranked if isinstance(ranked, Ranking) else None,
        calibration=calibrated if isinstance(calibrated, Calibration) else None,
        cost=cost(group),
        unsaid=tuple(each for each in (ranked, calibrated) if isinstance(each, str)),
    )


def _overrides(every: Sequence[Observation]) -> Overrides:
    changed = [each for each in every if each.in_force != each.decision]
    raised = [
        each for each in changed if each.in_force == "approve" and each.is_complete and each.defaulted is not None
    ]
    return Overrides(
        predictions=len(every),
        overridden=len(changed),
        rate=wilson(len(changed), len(every)) if every else None,
        changes=dict(sorted(Counter(f"{each.decision} to {each.in_force}" for each in changed).items())),
        outcomes=len(raised),
        default_rate=wilson(sum(each.defaulted is True for each in raised), len(raised)) if raised else None,
    )


def _notes(observed: Observed) -> tuple[str, ...]:
    every, months = observed.observations, observed.maturity_months
    if not every:
        return ("No readable prediction lies in this period.",)
    known = Counter(each.in_force for each in every if each.defaulted is not None)
    made = Counter(each.in_force for each in every)
    shares = ", ".join(f"{known[name]} of {made[name]} {word}" for name, word in DECISIONS.items())
    complete = [each for each in every if each.is_complete]
    reported = sum(each.defaulted is not None for each in complete)
    early = sum(each.defaulted is True and not each.is_complete for each in every)
    selected = (
        f"Outcomes are known of {shares}. A customer who got no loan has none as a rule: "
        "the figures hold for those who did, and say little of how the others would have paid."
    )
    reach = (
        f"The outcome window is {months} months. It has ended for {len(complete)} predictions; an outcome was reported "
        f"of {reported} of these. Unreported ones are left out, not counted as good."
    )
    notes = [selected, reach]
    if early:
        notes.append(
            f"{early} defaults are known before their window ended. They count in AUC, Gini and KS, and not in "
            "calibration, Brier score and cost, where they would stand without the good customers of their time."
        )
    if observed.erased:
        notes.append(f"{observed.erased} predictions are of erased customers and cannot be measured.")
    return tuple(notes)
