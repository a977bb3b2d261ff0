"""Champion against challenger (other customers, drawn by chance) and against shadow (the same customers)."""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.stability import psi, psi_by_chance
from monitoring.arms import Arm, arm, scores, too_few_scores
from monitoring.measures import FEWEST_ROWS
from monitoring.observations import Observation, Observed, Shadow
from monitoring.pairings import Pairing, pairing

CHALLENGER = ".challenger"
FALLBACK = ".fallback"


@dataclass(frozen=True, slots=True)
class Split:
    """A route and its challenger. `psi_by_chance`: what PSI stays below in 95 of 100 draws of the same scores.

    `failed`: customers of the challenger's share whom another route answered because the challenger could not.
    """

    champion: Arm
    challenger: Arm
    failed: int
    psi: float | None
    psi_by_chance: float | None
    unsaid: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The report. `on`: its day (ISO 8601)."""

    on: str
    maturity_months: int
    predictions: int
    erased: int
    splits: tuple[Split, ...]
    pairings: tuple[Pairing, ...]
    notes: tuple[str, ...]


def comparison(observed: Observed) -> Comparison:
    """Compare every route with its challenger and its shadows, as far as there are any in what was observed."""
    by_route: dict[str, list[Observation]] = {}
    shadowed: dict[tuple[str, str], list[tuple[Observation, Shadow]]] = {}
    failed: dict[tuple[str, str], int] = {}
    for each in observed.observations:
        by_route.setdefault(each.route, []).append(each)
        for shadow in each.shadows:
            shadowed.setdefault((each.route, shadow.route), []).append((each, shadow))
        for route in each.failed_shadows:
            failed[each.route, route] = failed.get((each.route, route), 0) + 1
    challengers = sorted(route for route in by_route if route.endswith(CHALLENGER))
    splits = [_split(route.removesuffix(CHALLENGER), by_route) for route in challengers]
    pairs = sorted(shadowed.keys() | failed.keys())
    pairings = [pairing(pair, shadowed.get(pair, []), failed.get(pair, 0)) for pair in pairs]
    return Comparison(
        on=observed.on.isoformat(),
        maturity_months=observed.maturity_months,
        predictions=len(observed.observations),
        erased=observed.erased,
        splits=tuple(splits),
        pairings=tuple(pairings),
        notes=_notes(splits, pairings),
    )


def _split(route: str, by_route: dict[str, list[Observation]]) -> Split:
    ours, theirs = by_route.get(route, []), by_route[route + CHALLENGER]
    enough = min(len(ours), len(theirs)) >= FEWEST_ROWS
    return Split(
        champion=arm(route, ours),
        challenger=arm(route + CHALLENGER, theirs),
        failed=sum(each.in_place_of_challenger for each in ours + by_route.get(route + FALLBACK, [])),
        psi=psi(scores(ours), scores(theirs)) if enough else None,
        psi_by_chance=psi_by_chance(len(ours), len(theirs)) if enough else None,
        unsaid=() if enough else (too_few_scores(min(len(ours), len(theirs))),),
    )


def _notes(splits: list[Split], pairings: list[Pairing]) -> tuple[str, ...]:
    notes = []
    if not splits:
        notes.append("No challenger answered in this period.")
    if splits:
        notes.append(
            "A challenger's customers are others than the champion's, drawn by chance: the two can be compared as "
            "groups; who would change sides is only known of shadows. Answers of fallback routes are left out."
        )
    if not pairings:
        notes.append("No shadow scored in this period.")
    if pairings:
        notes.append(
            "Outcomes exist of customers whom the decision in force gave a loan. They were chosen by the champion, so "
            "that its own ranking of them looks weaker than it is: a change of AUC favours the shadow a little."
        )
    return tuple(notes)
