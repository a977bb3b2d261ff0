"""Reason codes: which features took points away, and a sum that adds up to the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scoring.features import Feature, FeatureSchema, Row, Said
from scoring.scale import ScoreScale

MOST_REASONS = 4
"""12 CFR 1002.9 (Regulation B), comment 9(b)(2)-1: more than four reasons are not likely to help the applicant."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """One model's output taken apart, in log-odds of default.

    base + sum(contributions) = the model's log-odds; `base` is the log-odds of the reference applicant and
    `contributions` follow the order of the model's features. `method` and `reference` say how and against whom.
    """

    base: float
    contributions: tuple[float, ...]
    method: str
    reference: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature adds to the score: `points` (up is better) and `log_odds` of default (up is worse).

    `value`: a number, a category's name, or None where it is missing.
    """

    model: str
    feature: str
    value: Said
    log_odds: float
    points: float


@dataclass(frozen=True, slots=True)
class ReasonCode:
    """One principal reason. `code` is stable: "<model>.<feature>"."""

    code: str
    feature: str
    model: str
    description: str
    points: float
    direction: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """base_points + the points of all contributions + protected_points + adjustment_points = score.

    `protected_points`: the sum over features that may not be shown as a reason.
    `adjustment_points`: what rounding to one decimal and holding to the ends of the scale changed.
    """

    base_points: float
    contributions: tuple[Contribution, ...]
    protected_points: float
    adjustment_points: float
    score: float
    reason_codes: tuple[ReasonCode, ...]
    methods: Mapping[str, Mapping[str, str]]

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Explanation:
        """Read the plain values that `dataclasses.asdict` makes of it."""
        return cls(
            **{
                **plain,
                "contributions": tuple(Contribution(**each) for each in plain["contributions"]),
                "reason_codes": tuple(ReasonCode(**each) for each in plain["reason_codes"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One model's share in a score that is to be explained."""

    model: str
    weight: float
    schema: FeatureSchema
    row: Row
    attribution: Attribution


def explain(parts: Sequence[Part], scale: ScoreScale, score: float) -> Explanation:
    """Combine the models' attributions with the weights that the score itself was combined with."""
    base = sum(part.weight * part.attribution.base for part in parts)
    shown: list[tuple[Feature, Contribution]] = []
    protected = 0.0
    for part in parts:
        for feature, value, raw in zip(part.schema.features, part.row, part.attribution.contributions, strict=True):
            log_odds = part.weight * raw
            points = -scale.points_per_log_odds * log_odds
            if feature.protected:
                protected += points
            else:
                shown.append((feature, Contribution(part.model, feature.name, feature.said(value), log_odds, points)))
    shown.sort(key=lambda each: (each[1].points, each[1].model, each[1].feature))
    base_points = scale.points(base)
    total = base_points + protected + sum(each.points for _, each in shown)
    return Explanation(
        base_points=base_points,
        contributions=tuple(each for _, each in shown),
        protected_points=protected,
        adjustment_points=score - total,
        score=score,
        reason_codes=_principal(shown),
        methods={p.model: {"method": p.attribution.method, "reference": p.attribution.reference} for p in parts},
    )


def _principal(shown: Sequence[tuple[Feature, Contribution]]) -> tuple[ReasonCode, ...]:
    """The features that took most points away; if none did, the one that gave least, told as what it is."""
    lowering = [each for each in shown if each[1].points < 0][:MOST_REASONS]
    return tuple(_reason(*each) for each in lowering or shown[:1])


def _reason(feature: Feature, part: Contribution) -> ReasonCode:
    return ReasonCode(
        code=f"{part.model}.{part.feature}",
        feature=part.feature,
        model=part.model,
        description=feature.reason or feature.name.replace("_", " ").strip().capitalize(),
        points=part.points,
        direction="lowers the score" if part.points < 0 else "raises the score",
    )
