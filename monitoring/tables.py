"""Reports as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from evaluation.probability import Bin
from monitoring.arms import Arm
from monitoring.cells import NONE, aligned, change, interval, listed, number, share
from monitoring.comparison import Comparison
from monitoring.pairings import Pairing
from monitoring.performance import Cohort, Performance
from monitoring.replays import Tally

HEAD = ("", "scored", "known", "bad", "AUC (95%)", "KS", "mature", "Brier", "expected", "observed (95%)", "ECE", "cost")
SIDES = ("", "scored", "would approve (95%)", "mean score", "known", "bad", "AUC (95%)", "default rate (95%)")
BINS = ("PD of all, by decile", "mature", "expected", "observed (95%)")
MOST_LISTED = 20


def performance_text(report: Performance) -> Iterator[str]:
    """Lines of the report on performance."""
    yield (
        f"Performance on {report.on}; outcome window {report.maturity_months} months; "
        f"{report.predictions:,} predictions, {report.erased:,} erased"
    )
    yield ""
    cohorts = (report.total, *report.by_month, *report.by_version)
    yield from aligned([HEAD, *map(_cohort_row, cohorts)])
    yield ""
    if line := report.total.calibration:
        yield from aligned([BINS, *map(_bin_row, line.bins)])
        yield f"Calibration line of all: intercept {number(line.intercept)}, slope {number(line.slope)} (best: 0, 1)"
    overrides = report.overrides
    changes = ", ".join(f"{kind} {n:,}" for kind, n in overrides.changes.items()) or "none"
    yield f"Overrides: {overrides.overridden:,} of {overrides.predictions:,} ({share(overrides.rate)}): {changes}"
    if overrides.default_rate:
        yield f"  of {overrides.outcomes:,} approved against the model, defaulted: {share(overrides.default_rate)}"
    yield from listed("Cannot be said:", [f"{each.name}: {why}" for each in cohorts for why in each.unsaid])
    yield from listed("Note:", report.notes)


def comparison_text(report: Comparison) -> Iterator[str]:
    """Lines of the report on challengers and shadows."""
    yield f"Comparison on {report.on}; {report.predictions:,} predictions, {report.erased:,} erased"
    unsaid = []
    for split in report.splits:
        yield ""
        yield from aligned([SIDES, _arm_row(split.champion), _arm_row(split.challenger)])
        yield f"PSI of scores {number(split.psi)} (chance alone: up to {number(split.psi_by_chance)} in 95 of 100)"
        yield f"Answered by another route because the challenger could not: {split.failed:,}"
        unsaid += [f"{split.challenger.route}: {why}" for why in split.unsaid]
    for pairing in report.pairings:
        yield ""
        yield from _pairing_lines(pairing)
        unsaid += [f"{pairing.shadow.route}: {why}" for why in pairing.unsaid]
    sides = [side for split in report.splits for side in (split.champion, split.challenger)]
    unsaid += [f"{side.route}: {why}" for side in sides for why in side.unsaid]
    yield from listed("Cannot be said:", unsaid)
    yield from listed("Note:", report.notes)


def replay_text(tally: Tally) -> Iterator[str]:
    """Lines of what came of replays."""
    rows = [("equal", tally.equal), ("different", tally.different), ("cannot be replayed", tally.cannot)]
    rows.append(("erased", tally.erased))
    if tally.not_found:
        rows.append(("not found", len(tally.not_found)))
    yield from aligned([(name, f"{n:,}") for name, n in rows])
    for each in tally.differences[:MOST_LISTED]:
        yield f"different: {each.prediction_id}"
        yield from (f"  {part.part}: recorded {part.recorded!r}, found {part.found!r}" for part in each.differences)
        yield from (f"  ({part.part} was {part.recorded}, is {part.found})" for part in each.provenance)
    if tally.different > MOST_LISTED:
        yield f"... and {tally.different - MOST_LISTED:,} more that differ (--json lists up to 1,000)"
    for reason, missing in tally.missing.items():
        yield f"cannot be replayed: {missing.records:,} records, {reason}"
        yield f"  first: {', '.join(missing.prediction_ids[:3])}"
    yield from (f"not found: {each}" for each in tally.not_found)


def _cohort_row(cohort: Cohort) -> tuple[str, ...]:
    ranked, right, cost = cohort.ranking, cohort.calibration, cohort.cost
    return (
        cohort.name,
        f"{cohort.predictions:,}",
        f"{cohort.outcomes:,}",
        f"{cohort.defaults:,}",
        interval(ranked.auc if ranked else None),
        number(ranked.ks if ranked else None),
        f"{right.n:,}" if right else NONE,
        number(right.brier.value if right else None),
        number(right.expected if right else None),
        interval(right.observed if right else None),
        number(right.error if right else None),
        f"{cost.total:,.0f} / {cost.n:,}" if cost else NONE,
    )


def _bin_row(each: Bin) -> tuple[str, ...]:
    inside = each.observed.low <= each.expected <= each.observed.high
    return ("" if inside else "outside the interval", f"{each.n:,}", number(each.expected), interval(each.observed))


def _pairing_lines(pairing: Pairing) -> Iterator[str]:
    yield from aligned([SIDES, _arm_row(pairing.champion), _arm_row(pairing.shadow)])
    swap = pairing.swap_set
    yield (
        f"Swap set: both approve {swap.both:,}, only the champion {swap.only_champion:,}, "
        f"only the shadow {swap.only_shadow:,}, neither {swap.neither:,}"
    )
    if swap.lost_default_rate:
        yield f"  of {swap.lost_outcomes:,} whom the shadow would lose, defaulted: {share(swap.lost_default_rate)}"
    yield f"PSI of scores {number(pairing.psi)}; mean change of score {interval(pairing.score_change, 1)}"
    yield f"Change of AUC {change(pairing.auc_change)}; of Brier score {change(pairing.brier_change)}"
    yield f"Requests that the shadow could not score: {pairing.failed:,}"


def _arm_row(arm: Arm) -> tuple[str, ...]:
    return (
        f"{arm.route} ({'; '.join(arm.versions) or 'nothing scored'})",
        f"{arm.predictions:,}",
        interval(arm.approved),
        NONE if arm.mean_score is None else f"{arm.mean_score:.1f}",
        f"{arm.outcomes:,}",
        f"{arm.defaults:,}",
        interval(arm.auc),
        interval(arm.default_rate),
    )
