"""The score record of one result: made here when a customer is scored, and again when the record is replayed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routing.jobs import Result
from scoring.decision import Policy
from scoring.record import CustomerType, LookUp, ScoreRecord
from scoring.scale import pd_of


def record_of(
    result: Result,
    policy: Policy,
    *,
    prediction_id: str,
    customer_id: str,
    customer_type: CustomerType,
    scored_at: str,
    look_up: LookUp | None,
    provenance: Mapping[str, Any],
) -> ScoreRecord:
    """The whole record: what is not said of the occasion follows from the result and the policy."""
    score, pd = result.aggregate.score, pd_of(result.aggregate.log_odds)
    return ScoreRecord(
        prediction_id=prediction_id,
        customer_id=customer_id,
        customer_type=customer_type,
        scored_at=scored_at,
        route=result.route.name,
        prediction_type=result.route.prediction_type,
        score=score,
        probability_of_default=pd,
        risk_level=policy.risk_level(score, pd),
        score_band=policy.band(score),
        decision=policy.decision(score, pd),
        models=result.models,
        inputs=result.inputs,
        degraded=result.degraded,
        explanation=result.explanation,
        provenance=provenance,
        look_up=look_up,
        asked=result.route.asked,
    )
