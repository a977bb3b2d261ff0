"""What the clients of applications read, each in its own words."""

from __future__ import annotations

from typing import Final

from api.application_body import Applied
from api.render import Json, reasons
from applications import home_credit
from routing.requests import Scored
from scoring.identity import moment

MOBILE_SCALE: Final = 900
APPROVED_FROM: Final = 500
LOW_RISK_FROM: Final = 700


def loan(asked: Applied, scored: Scored, milliseconds: float) -> Json:
    """The loan desk's answer: `risk_score` is 100 x P(high risk); `timestamp` in Unix seconds."""
    record = scored.record
    pd = record.probability_of_default
    return {
        "status": "success",
        "prediction": int(record.decision == "decline"),
        "risk_score": round(100 * pd, 2),
        "risk_level": record.risk_level,
        "probability": {"low_risk": 1 - pd, "high_risk": pd},
        "processing_time_ms": round(milliseconds, 2),
        "timestamp": moment(record.scored_at).timestamp(),
        **_found_again(asked, scored),
    }


def credit_desk(asked: Applied, scored: Scored) -> Json:
    """The credit desk's answer: 1 = refuse, 0 = grant; `threshold` is the model's own."""
    record = scored.record
    return {
        "prediction": int(record.decision == "decline"),
        "probability": record.probability_of_default,
        "threshold": record.provenance["policy"]["by_pd"]["decline_from"],
        **_found_again(asked, scored),
    }


def mobile(asked: Applied, scored: Scored) -> Json:
    """The app's answer, on its own scale of 0 to 900."""
    record = scored.record
    pd = record.probability_of_default
    score = int((1 - pd) * MOBILE_SCALE)
    number = record.customer_id
    return {
        "application_id": int(number) if not asked.made_id and number.isdecimal() and len(number) < 16 else number,
        "prediction_probability": pd,
        "credit_score": score,
        "decision": "approved" if score >= APPROVED_FROM else "rejected",
        "confidence": max(pd, 1 - pd),
        "risk_level": "low" if score >= LOW_RISK_FROM else "medium" if score >= APPROVED_FROM else "high",
        "timestamp": record.scored_at,
        **_found_again(asked, scored),
    }


def shap_values(names: tuple[str, ...], contributions: tuple[float, ...], most: int) -> dict[str, float]:
    """The largest contributions by absolute value, in log-odds of default; protected features are no reason."""
    pairs = [pair for pair in zip(names, contributions, strict=True) if pair[0] not in home_credit.PROTECTED]
    return dict(sorted(pairs, key=lambda pair: -abs(pair[1]))[:most])


def _found_again(asked: Applied, scored: Scored) -> Json:
    record = scored.record
    answer: Json = {
        "prediction_id": record.prediction_id,
        "customer_id": record.customer_id,
        "model_versions": {each.model: each.version for each in record.models},
        "stored": scored.stored,
        "ignored_fields": list(asked.ignored),
    }
    return answer | (reasons(record.explanation) if asked.request.explain else {})
