"""From the scores of a route's models to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from scoring.scale import ScoreScale


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`score` is in points, `log_odds` is of default."""

    score: float
    log_odds: float


def weighted_mean(log_odds: Sequence[float], weights: Sequence[float], scale: ScoreScale) -> Aggregate:
    """The weighted mean of the models' published scores, and of their log-odds; weights sum to 1.

    A mean of points is a mean of log-odds (and not of PDs). The scores are averaged as published, held to the scale
    and rounded, so that whoever reads an answer can check it.
    """
    scores = [scale.score(each) for each in log_odds]
    return Aggregate(
        score=round(fsum(w * s for w, s in zip(weights, scores, strict=True)), 1),
        log_odds=fsum(w * each for w, each in zip(weights, log_odds, strict=True)),
    )
