"""One side of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.arrays import Floats
from evaluation.discrimination import Auc
from evaluation.intervals import Estimate, wilson
from monitoring.measures import FEWEST_ROWS, Ranking, ranking
from monitoring.observations import Observation


@dataclass(frozen=True, slots=True)
class Arm:
    """One side: the route, the versions that answered for it, and what it said of its customers.

    `approved`: the share that it would approve by itself, before overrides. `unsaid`: what cannot be said, and why.
    """

    route: str
    versions: tuple[str, ...]
    predictions: int
    approved: Estimate | None
    mean_score: float | None
    outcomes: int
    defaults: int
    auc: Auc | None
    default_rate: Estimate | None
    unsaid: tuple[str, ...]


def arm(route: str, group: Sequence[Observation]) -> Arm:
    """What `route` said of this group of customers."""
    ranked = ranking(group)
    mature = [each for each in group if each.is_complete and each.defaulted is not None]
    return Arm(
        route=route,
        versions=tuple(sorted({each.versions for each in group})),
        predictions=len(group),
        approved=wilson(sum(each.decision == "approve" for each in group), len(group)) if group else None,
        mean_score=float(scores(group).mean()) if group else None,
        outcomes=sum(each.defaulted is not None for each in group),
        defaults=sum(each.defaulted is True for each in group),
        auc=ranked.auc if isinstance(ranked, Ranking) else None,
        default_rate=wilson(sum(each.defaulted is True for each in mature), len(mature)) if mature else None,
        unsaid=(ranked,) if isinstance(ranked, str) else (),
    )


def scores(group: Sequence[Observation]) -> Floats:
    """Their scores [N], in points."""
    return np.array([each.score for each in group], dtype=np.float64)


def too_few_scores(n: int) -> str:
    """Why nothing is said of distributions."""
    return f"PSI: too few scores ({n} on the smaller side; {FEWEST_ROWS} are needed)"
