"""A champion and its shadow on the same predictions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evaluation.arrays import Floats
from evaluation.discrimination import auc_difference
from evaluation.intervals import Difference, Estimate, mean_estimate, wilson
from evaluation.probability import brier_difference
from evaluation.stability import psi
from monitoring.arms import Arm, arm, scores, too_few_scores
from monitoring.measures import FEWEST_ROWS, defaults, pds, too_few_to_rank
from monitoring.observations import Observation, Shadow


@dataclass(frozen=True, slots=True)
class SwapSet:
    """Who would change sides. `lost_default_rate`: of those whom only the champion approves, as far as known.

    Whom only the shadow approves got no loan, so that nothing is known of them.
    """

    both: int
    only_champion: int
    only_shadow: int
    neither: int
    lost_outcomes: int
    lost_default_rate: Estimate | None


@dataclass(frozen=True, slots=True)
class Pairing:
    """A route and its shadow, on the predictions that both gave. Differences are shadow less champion.

    `failed`: requests that the shadow could not score.
    """

    champion: Arm
    shadow: Arm
    failed: int
    swap_set: SwapSet
    score_change: Estimate | None
    psi: float | None
    auc_change: Difference | None
    brier_change: Difference | None
    unsaid: tuple[str, ...]


def pairing(pair: tuple[str, str], both: list[tuple[Observation, Shadow]], failed: int) -> Pairing:
    """Compare the routes of `pair` (champion, shadow) on the predictions that both gave."""
    ours = [each for each, _ in both]
    theirs = [
        replace(
            each,
            route=shadow.route,
            versions=shadow.versions,
            score=shadow.score,
            probability_of_default=shadow.probability_of_default,
            decision=shadow.decision,
        )
        for each, shadow in both
    ]
    known = [i for i, each in enumerate(ours) if each.defaulted is not None]
    mature = [i for i in known if ours[i].is_complete]
    unsaid = [] if len(both) >= FEWEST_ROWS else [too_few_scores(len(both))]
    too_few = too_few_to_rank(defaults([ours[i] for i in known]))
    if too_few:
        unsaid.append(f"change of {too_few}")
    if len(mature) < FEWEST_ROWS:
        unsaid.append(f"change of Brier: too few outcomes ({len(mature)} with a complete window; {FEWEST_ROWS} needed)")
    return Pairing(
        champion=arm(pair[0], ours),
        shadow=arm(pair[1], theirs),
        failed=failed,
        swap_set=_swap_set(ours, theirs),
        score_change=mean_estimate(scores(theirs) - scores(ours)) if len(both) >= FEWEST_ROWS else None,
        psi=psi(scores(ours), scores(theirs)) if len(both) >= FEWEST_ROWS else None,
        auc_change=None if too_few else auc_difference(*_three(known, ours, theirs)),
        brier_change=brier_difference(*_three(mature, ours, theirs)) if len(mature) >= FEWEST_ROWS else None,
        unsaid=tuple(unsaid),
    )


def _swap_set(ours: Sequence[Observation], theirs: Sequence[Observation]) -> SwapSet:
    sides = Counter(
        (one.decision == "approve", other.decision == "approve") for one, other in zip(ours, theirs, strict=True)
    )
    lost = [
        one
        for one, other in zip(ours, theirs, strict=True)
        if one.decision == "approve" != other.decision and one.is_complete and one.defaulted is not None
    ]
    return SwapSet(
        both=sides[True, True],
        only_champion=sides[True, False],
        only_shadow=sides[False, True],
        neither=sides[False, False],
        lost_outcomes=len(lost),
        lost_default_rate=wilson(sum(each.defaulted is True for each in lost), len(lost)) if lost else None,
    )


def _three(
    rows: Sequence[int], ours: Sequence[Observation], theirs: Sequence[Observation]
) -> tuple[Floats, Floats, Floats]:
    """Outcomes, the shadow's PDs and the champion's, of some rows."""
    mine = [ours[i] for i in rows]
    return defaults(mine), pds([theirs[i] for i in rows]), pds(mine)
