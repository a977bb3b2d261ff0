"""A score taken apart: the attributions of the models that answered, with the weights that they answered with."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable

from routing.ports import Model
from scoring.errors import ModelUnavailable
from scoring.features import Row
from scoring.reasons import Attribution, Explanation, Part, explain
from scoring.scale import ScoreScale

log = logging.getLogger(__name__)


def alone_log_odds(model: Model, log_odds: float) -> float:
    """What a model says where it is the only one of several that answers (`Model.alone`)."""
    intercept, slope = model.alone
    return intercept + slope * log_odds


def explain_score(
    answered: Iterable[tuple[str, Model, Row, float]], alone: bool, scale: ScoreScale, score: float
) -> Explanation | None:
    """The explanation of `score`; `answered`: name, model, row and weight of each model. None if one cannot be given.

    `alone`: the only one of them stands for a route of several.
    """
    parts = []
    for name, model, row, weight in answered:
        try:
            attribution = model.attribute(row)
        except ModelUnavailable:
            log.exception("explanation failed", extra={"model": name, "version": model.version})
            return None
        if alone:
            slope = model.alone[1]
            attribution = Attribution(
                alone_log_odds(model, attribution.base),
                tuple(slope * each for each in attribution.contributions),
                attribution.method,
                attribution.reference,
            )
        parts.append(Part(name, weight, model.schema, row, attribution))
    explanation = explain(parts, scale, score)
    if not math.isfinite(explanation.adjustment_points):
        log.error("explanation does not add up", extra={"models": [part.model for part in parts]})
        return None
    return explanation
