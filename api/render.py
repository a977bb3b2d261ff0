"""From score records to what clients read: pure, and the only place that knows the names of the fields."""

from __future__ import annotations

from dataclasses import asdict

from routing.ports import LatestPrediction
from routing.requests import Found
from scoring.reasons import Explanation
from scoring.record import ScoreRecord

Json = dict[str, object]


def prediction(record: ScoreRecord, *, stored: bool, explain: bool) -> Json:
    """The answer to a prediction.

    A new customer's is the score of one model, an existing customer's the aggregate of several; what a fallback or a
    route of another size answers carries both forms, so that whoever expects either can read it.
    """
    answer: Json = {"customer_id": record.customer_id, "customer_type": record.customer_type}
    several = len(record.models) + len(record.degraded) > 1
    if record.customer_type == "existing" or several:
        answer["aggregated_score"] = record.score
        answer["models"] = [{"model": each.model, "score": each.score, "weight": each.weight} for each in record.models]
        answer["num_models_used"] = len(record.models)
    if record.customer_type == "new" or record.route.endswith(".fallback"):
        answer["score"] = record.score
        if len(record.models) == 1:
            answer["model"] = record.models[0].model
    answer |= {
        "prediction_type": record.prediction_type,
        "timestamp": record.scored_at,
        "prediction_id": record.prediction_id,
        **_meaning(record),
    }
    if record.degraded:
        answer["degraded"] = [{"model": each.model, "reason": each.reason} for each in record.degraded]
    if explain:
        answer |= reasons(record.explanation)
    answer["stored"] = stored
    return answer


def search(customer_id: str, found: Found, next_cursor: str | None) -> Json:
    """The answer to a search: the latest prediction, and one page of the history, newest first.

    Of erased predictions a page only says how many lay among the others.
    """
    history = [_history(record) for record in found.records if isinstance(record, ScoreRecord)]
    if found.unrecorded:
        history.append({**_latest(found.unrecorded), "prediction_id": None})
    return {
        "customer_id": customer_id,
        "found": found.found,
        "latest_prediction": _latest(found.latest) if found.latest else None,
        "history": history,
        "erased": len(found.records) - sum(isinstance(record, ScoreRecord) for record in found.records),
        "next_cursor": next_cursor,
    }


def _latest(latest: LatestPrediction) -> Json:
    return {
        "timestamp": latest.scored_at,
        "credit_score": latest.credit_score,
        "prediction_type": latest.prediction_type,
        "models_used": list(latest.models_used),
        "raw_predictions": [dict(each) for each in latest.raw_predictions],
    }


def _history(record: ScoreRecord) -> Json:
    return {
        **_latest(LatestPrediction.of(record)),
        "prediction_id": record.prediction_id,
        "customer_type": record.customer_type,
        **_meaning(record),
    }


def _meaning(record: ScoreRecord) -> Json:
    return {
        "probability_of_default": record.probability_of_default,
        "risk_level": record.risk_level,
        "score_band": record.score_band,
        "decision": record.decision,
        "model_versions": {each.model: each.version for each in record.models},
    }


def reasons(explanation: Explanation | None) -> Json:
    """Reason codes and the sum they come from; both null when the score could not be taken apart."""
    if explanation is None:
        return {"reason_codes": None, "explanation": None}
    return {
        "reason_codes": [{**asdict(each), "points": round(each.points, 1)} for each in explanation.reason_codes],
        "explanation": {
            "base_points": explanation.base_points,
            "contributions": [asdict(each) for each in explanation.contributions],
            "protected_points": explanation.protected_points,
            "adjustment_points": explanation.adjustment_points,
            "methods": {model: dict(method) for model, method in explanation.methods.items()},
        },
    }
