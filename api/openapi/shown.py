"""Answers as the document shows them; a test judges each by its schema."""

from __future__ import annotations

from typing import Final

from api.openapi.schema import Json

_TIME: Final = "2026-11-08T10:30:00.000000Z"
_ID: Final = "pred_019a6316f0400123456789abcdef0123"
NEW: Final[Json] = {
    "customer_id": "CUS999999",
    "customer_type": "new",
    "score": 680.2,
    "model": "xgboost",
    "prediction_type": "new_customer_xgboost",
    "timestamp": _TIME,
    "prediction_id": _ID,
    "probability_of_default": 0.0214,
    "risk_level": "low",
    "score_band": "Good",
    "decision": "approve",
    "model_versions": {"xgboost": "20261108T080000Z-debe9465"},
    "stored": True,
}
EXISTING: Final[Json] = {
    "customer_id": "CUS123456",
    "customer_type": "existing",
    "aggregated_score": 735.4,
    "models": [
        {"model": "traditional", "score": 750.5, "weight": 0.5},
        {"model": "social", "score": 720.3, "weight": 0.5},
    ],
    "num_models_used": 2,
    "prediction_type": "multi_model_aggregate",
    "timestamp": _TIME,
    "prediction_id": _ID,
    "probability_of_default": 0.0101,
    "risk_level": "low",
    "score_band": "Good",
    "decision": "approve",
    "model_versions": {"traditional": "20261108T080000Z-bb32c843", "social": "20261108T080000Z-83b7ed35"},
    "stored": True,
}
_LATEST: Final[Json] = {
    "timestamp": _TIME,
    "credit_score": 735.4,
    "prediction_type": "multi_model_aggregate",
    "models_used": ["traditional", "social"],
    "raw_predictions": [{"model": "traditional", "score": 750.5}, {"model": "social", "score": 720.3}],
}
FOUND: Final[Json] = {
    "customer_id": "CUS123456",
    "found": True,
    "latest_prediction": _LATEST,
    "history": [
        {
            **_LATEST,
            "prediction_id": _ID,
            "customer_type": "existing",
            **{name: EXISTING[name] for name in ("probability_of_default", "risk_level", "score_band", "decision")},
            "model_versions": EXISTING["model_versions"],
        }
    ],
    "erased": 0,
    "next_cursor": None,
}
UNKNOWN: Final[Json] = {
    "customer_id": "CUS000000",
    "found": False,
    "latest_prediction": None,
    "history": [],
    "erased": 0,
    "next_cursor": None,
}
_FOUND_AGAIN: Final[Json] = {
    "prediction_id": _ID,
    "customer_id": "application-1e0f5f4f8f2d4c5d9a7b3c2d1e0f9a8b",
    "model_versions": {"loan": "20261108T080000Z-51c0ffee"},
    "stored": True,
    "ignored_fields": [],
}
LOAN: Final[Json] = {
    "status": "success",
    "prediction": 0,
    "risk_score": 24.56,
    "risk_level": "low",
    "probability": {"low_risk": 0.7544, "high_risk": 0.2456},
    "processing_time_ms": 12.45,
    "timestamp": 1762597800.0,
    **_FOUND_AGAIN,
}
CREDIT_DESK: Final[Json] = {
    "prediction": 1,
    "probability": 0.5714335441589355,
    "threshold": 0.0931,
    **_FOUND_AGAIN,
    "customer_id": "100002",
    "model_versions": {"credit_desk": "20261108T080000Z-7c0ffee5"},
}
MOBILE: Final[Json] = {
    "application_id": 100002,
    "prediction_probability": 0.12,
    "credit_score": 792,
    "decision": "approved",
    "confidence": 0.88,
    "risk_level": "low",
    "timestamp": _TIME,
    **_FOUND_AGAIN,
    "customer_id": "100002",
    "model_versions": {"home_credit": "20261108T080000Z-0c0ffee1"},
}
_JOB: Final[Json] = {
    "job_id": "job_0660d9825557d05f6cd8",
    "model_type": "logistic_regression",
    "target": "default",
    "data": "80 rows",
    "experiment_name": "credit_scoring",
    "created_at": _TIME,
    "warnings": [],
    "problem": None,
}
QUEUED: Final[Json] = {
    **_JOB,
    "state": "queued",
    "progress": 0.0,
    "stage": "waiting",
    "started_at": None,
    "ended_at": None,
}
FINISHED: Final[Json] = {
    **_JOB,
    "state": "finished",
    "progress": 1.0,
    "stage": "finished",
    "started_at": "2026-11-08T10:30:00.612000Z",
    "ended_at": "2026-11-08T10:30:41.087000Z",
    "run_id": "fd16c82f8f124ef284a2eeaf77c11b6e",
    "model_name": "lab_logistic_regression",
    "model_version": "20261108T103040Z-d56a259e",
    "metrics": {"auc_roc": 0.812, "gini": 0.624, "ks": 0.503, "brier": 0.142, "accuracy": 0.79},
    "intervals": {"auc_roc": [0.761, 0.863]},
    "best_hyperparameters": {"C": 0.1, "l1_ratio": 0.0, "max_iter": 1000},
    "threshold": 0.213,
}
