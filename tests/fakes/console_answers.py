"""Answers of the service as the console reads them, of customers and models that nobody has."""

from __future__ import annotations

from typing import Any

from tests.fakes.console_service import FakeService

FEATURES = ("payment_history", "debt_to_income")
EXPLANATION = {
    "base_points": 620.0,
    "contributions": [
        {"model": "xgboost", "feature": "payment_history", "value": 0.2, "log_odds": 0.7, "points": -50.0},
        {"model": "xgboost", "feature": "debt_to_income", "value": 0.4, "log_odds": -0.1, "points": 8.5},
    ],
    "protected_points": 0.0,
    "adjustment_points": 0.0,
    "methods": {},
}
REASONS = [{"feature": "payment_history", "description": "Late payments", "points": -50.0, "model": "xgboost"}]
SCORED = {
    "customer_id": "CUS1",
    "customer_type": "new",
    "score": 578.5,
    "prediction_id": "pred_1",
    "probability_of_default": 0.0804,
    "risk_level": "high",
    "score_band": "Poor",
    "decision": "decline",
    "stored": True,
    "reason_codes": REASONS,
    "explanation": EXPLANATION,
}
WRONG = [{"field": "features.xgboost.payment_history", "message": "must be at most 1"}]


def model(name: str = "xgboost", **more: Any) -> dict[str, Any]:
    """A loaded model of two features."""
    features = [{"name": each, "minimum": 0.0, "maximum": 1.0, "required": True} for each in FEATURES]
    return {
        "model": name,
        "version": "v1",
        "digest": "ab" * 32,
        "loaded": True,
        "problem": None,
        "created_at": "2026-01-02T03:04:05Z",
        "framework": "xgboost",
        "metrics": {"auc": 0.77, "auc_low": 0.74, "auc_high": 0.79},
        "features": features,
        "card": {"purpose": "A try", "metrics": {"auc": {"value": 0.77, "low": 0.74, "high": 0.79}}},
        **more,
    }


def history(n: int, cursor: str | None = None) -> dict[str, Any]:
    """A customer with n predictions on the page."""
    listed = [
        {
            "timestamp": f"2026-01-02T03:04:{59 - i:02}Z",
            "credit_score": 600.0 + i,
            "prediction_id": f"pred_{i}",
            "models_used": ["xgboost"],
            "probability_of_default": 0.05,
            "score_band": "Fair",
            "decision": "refer",
        }
        for i in range(n)
    ]
    latest = listed[0] if listed else None
    return {"found": True, "latest_prediction": latest, "history": listed, "erased": 0, "next_cursor": cursor}


def record(**more: Any) -> dict[str, Any]:
    """A whole record."""
    return {
        **SCORED,
        "timestamp": "2026-01-02T03:04:05Z",
        "erased": False,
        "decision_in_force": "decline",
        "models": [{"model": "xgboost", "version": "v1", "weight": 1.0, "score": 578.5}],
        "inputs": {"xgboost": {"payment_history": 0.2}},
        "degraded": [],
        "outcomes": [],
        "overrides": [],
        **more,
    }


def told() -> dict[str, Any]:
    """Its explanation for the person."""
    return {
        "text": ["Your application was declined."],
        "sum": {name: EXPLANATION[name] for name in ("base_points", "protected_points", "adjustment_points")},
        "factors": [
            {"feature": "payment_history", "model": "xgboost", "value": 0.2, "points": -50.0, "sentence": "Too late."}
        ],
        "would_have_changed": [{"sentence": "Had payment history been 0.9 instead of 0.2, all would be well."}],
        "nothing_would_have_changed": None,
    }


def with_models(service: FakeService) -> FakeService:
    """A service with one loaded model, and one of applications that is not."""
    loan = {"model": "loan", "loaded": False, "problem": "has no files", "version": None, "created_at": None}
    service.says("GET /api/v1/models", {"models": [model(), {**loan, "framework": None, "metrics": None}]})
    service.says("GET /api/v1/models/xgboost", model())
    service.says("GET /health", {"status": "healthy"})
    return service
