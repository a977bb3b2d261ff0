"""The models that serve, and reports on them."""

from __future__ import annotations

from typing import Final

from api import reports
from api.openapi import derived
from api.openapi.operation import PERIOD, answer, in_path, operation, query
from api.openapi.schema import (
    ANYTHING,
    COUNT,
    FLAG,
    NUMBER,
    TEXT,
    Json,
    many,
    mapping,
    or_null,
    ref,
    said,
    thing,
    whole,
)
from monitoring.comparison import Comparison
from monitoring.performance import Performance
from routing.catalog import UnknownModel
from scoring.errors import ModelUnavailable, TableUnavailable
from scoring.features import Feature

TAG, REPORTS = "Models", "Reports"
_REFERENCE: Final = in_path(
    "reference", "`name`, or `name@alias`.", {"type": "string", "minLength": 1, "examples": ["xgboost"]}
)
_SOME_TEXT: Final[Json] = {"type": ["string", "null"]}
_NAME: Final[dict[str, Json]] = {"model": TEXT, "version": _SOME_TEXT, "digest": _SOME_TEXT}
_STANDING: Final[dict[str, Json]] = {
    **_NAME,
    "loaded": FLAG,
    "source": _SOME_TEXT,
    "served": said(_SOME_TEXT, "By which runtime: onnx or native."),
    "problem": said(_SOME_TEXT, "Why it is not as it should be."),
}
_METRICS: Final = said(ANYTHING, "As its trainer measured them.")
SCHEMAS: Final[dict[str, Json]] = {
    **derived.schemas(Feature, Performance, Comparison),
    "ModelSummary": thing(
        {
            **_STANDING,
            "created_at": _SOME_TEXT,
            "framework": _SOME_TEXT,
            "output": _SOME_TEXT,
            "metrics": or_null(_METRICS),
            "has_card": {"type": ["boolean", "null"]},
            "signed_by": _SOME_TEXT,
        }
    ),
    "ModelDescription": thing(
        {
            **_STANDING,
            "created_at": TEXT,
            "framework": TEXT,
            "library_versions": mapping(TEXT),
            "output": TEXT,
            "features": said(many(ref("Feature")), "In the order of a vector."),
            "metrics": _METRICS,
            "card": or_null(ANYTHING),
            "signed_by": _SOME_TEXT,
            "notes": many(TEXT),
        }
    ),
    "FeatureImportance": thing(
        {
            **_NAME,
            "measure": TEXT,
            "applicants": said(COUNT, "Over whom the mean was taken."),
            "features": said(
                many(thing({"feature": TEXT, "log_odds": NUMBER, "points": NUMBER})), "The most important first."
            ),
        }
    ),
}
_DEFINED: Final = (UnknownModel, ModelUnavailable)
_WINDOW: Final = (
    *PERIOD,
    query("maturity_months", whole(1, reports.LONGEST_WINDOW), "Months after which an outcome is complete."),
)
_REPORTED: Final = "One report at a time in a process, over at most "
PATHS: Final[dict[str, Json]] = {
    "/api/v1/models": {
        "get": operation(
            TAG,
            "models",
            "Every model that a route can use",
            {200: answer("Also those that are not loaded.", thing({"models": many(ref("ModelSummary"))}))},
            scope="read",
        )
    },
    "/api/v1/models/{reference}": {
        "get": operation(
            TAG,
            "model",
            "One model: features, metrics, card",
            {200: answer("The model that serves now.", ref("ModelDescription"))},
            scope="read",
            parameters=(_REFERENCE,),
            raises=_DEFINED,
        )
    },
    "/api/v1/models/{reference}/feature-importance": {
        "get": operation(
            TAG,
            "featureImportance",
            "What matters to a model",
            {200: answer("Its features.", ref("FeatureImportance"))},
            scope="read",
            parameters=(_REFERENCE,),
            raises=_DEFINED,
        )
    },
    "/api/v1/reports/performance": {
        "get": operation(
            REPORTS,
            "performance",
            "How predictions came true",
            {200: answer("By month and model version, with intervals.", ref("Performance"))},
            scope="read",
            about=f"{_REPORTED}{reports.MOST:,} predictions.",
            parameters=_WINDOW,
            reads=True,
            raises=(TableUnavailable,),
        )
    },
    "/api/v1/reports/comparison": {
        "get": operation(
            REPORTS,
            "comparison",
            "Champion against challenger and shadow",
            {200: answer("The comparison.", ref("Comparison"))},
            scope="read",
            about=f"{_REPORTED}{reports.MOST:,} predictions.",
            parameters=_WINDOW,
            reads=True,
            raises=(TableUnavailable,),
        )
    },
}
