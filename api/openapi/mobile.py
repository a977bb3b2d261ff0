"""The mobile app: Home Credit applications, and what it shows of the model."""

from __future__ import annotations

from typing import Final

from api.mobile import MOST_SHAP
from api.mobile_model import MOST_IMPORTANT, NoImportance
from api.openapi import shown
from api.openapi.bank import REASONS
from api.openapi.desks import FOUND_AGAIN, HOME, RAISES
from api.openapi.operation import KEY, answer, body, operation, query
from api.openapi.problems import component
from api.openapi.schema import (
    COUNT,
    NUMBER,
    SHARE,
    TEXT,
    TIME,
    Json,
    many,
    mapping,
    one_of,
    or_null,
    ref,
    said,
    thing,
    whole,
)
from api.render_applications import APPROVED_FROM, LOW_RISK_FROM, MOBILE_SCALE
from scoring.errors import ModelUnavailable

TAG: Final = "Mobile app"
_MAYBE: Final[Json] = {"type": ["number", "null"]}
SCHEMAS: Final[dict[str, Json]] = {
    "MobileAnswer": thing(
        {
            "application_id": said({"type": ["integer", "string"]}, "SK_ID_CURR, or one that was made."),
            "prediction_probability": said(SHARE, "Of default."),
            "credit_score": said(whole(0, MOBILE_SCALE), f"int((1 - probability of default) x {MOBILE_SCALE})."),
            "decision": said(one_of(("approved", "rejected")), f"Approved from {APPROVED_FROM}."),
            "confidence": said({"type": "number", "minimum": 0.5, "maximum": 1}, "The larger class probability."),
            "risk_level": said(
                one_of(("low", "medium", "high")), f"Low from {LOW_RISK_FROM}, medium from {APPROVED_FROM}."
            ),
            "timestamp": TIME,
            **FOUND_AGAIN,
        },
        REASONS,
    ),
    "GroupFairness": {
        **thing(
            {
                "demographic_parity": said(SHARE, "Highest less lowest approval rate."),
                "equal_opportunity": said(SHARE, "The same among those who paid back."),
                "disparate_impact": said(SHARE, "Lowest over highest approval rate."),
                "fairness_score": {"type": "number", "minimum": 0, "maximum": 100},
                "protected_attribute": TEXT,
                "group_sizes": mapping(COUNT),
                "small_groups": many(TEXT),
                "positive": TEXT,
            },
            about="Of each group also `<group>_tpr` and `<group>_fpr`: approval rates among those who paid back, and "
            "among those who defaulted; null where there are none.",
        ),
        "patternProperties": {"_(tpr|fpr)$": or_null(SHARE)},
    },
    "MobileHealth": thing(
        {
            "healthy": {"const": True},
            "model_version": TEXT,
            "model_type": TEXT,
            "last_trained": TEXT,
            "metrics": thing({"accuracy": _MAYBE, "auc_roc": _MAYBE}),
        }
    ),
    "MobileInfo": thing(
        {
            "name": TEXT,
            "version": TEXT,
            "algorithm": TEXT,
            "features_count": COUNT,
            "training_date": TEXT,
            "performance": thing({"auc_roc": _MAYBE, "accuracy": _MAYBE, "precision": _MAYBE, "recall": _MAYBE}),
        }
    ),
}
_ASKED: Final = body(
    ref("HomeCreditApplication"),
    {"an application": HOME, "five fields": {name: HOME[name] for name in ("CODE_GENDER", "DAYS_BIRTH", "AMT_CREDIT")}},
)
_UNHEALTHY: Final = component("503.overloaded")
_UNHEALTHY["description"] = "The model cannot answer; or too many requests at once."
_UNHEALTHY["content"]["application/json"] = {
    "schema": thing({"healthy": {"const": False}, "model": TEXT, "problem": TEXT})
}
PATHS: Final[dict[str, Json]] = {
    "/api/ml/predict": {
        "post": operation(
            TAG,
            "mobilePredict",
            "Score an application",
            {
                200: answer(
                    "The score, on the app's scale.",
                    ref("MobileAnswer"),
                    {"an application": shown.MOBILE},
                    headers=("Idempotency-Replayed",),
                )
            },
            scope="score",
            parameters=(KEY,),
            asked=_ASKED,
            raises=RAISES,
        )
    },
    "/api/ml/explain": {
        "post": operation(
            TAG,
            "mobileExplain",
            "What moved the risk most",
            {
                200: answer(
                    "SHAP values in log-odds of default, the largest first.",
                    {**mapping(NUMBER), "maxProperties": MOST_SHAP},
                    {"an application": {"EXT_SOURCE_3": 0.83, "EXT_SOURCE_2": 0.61, "AMT_CREDIT": -0.12}},
                )
            },
            scope="score",
            about="Protected attributes are no reason, and are left out. Nothing is recorded.",
            asked=_ASKED,
            raises=(ModelUnavailable,),
        )
    },
    "/api/ml/fairness": {
        "get": operation(
            TAG,
            "mobileFairness",
            "How groups fare with the model",
            {200: answer("On its stored validation set.", ref("GroupFairness"))},
            scope="score",
            parameters=(
                {
                    **query(
                        "protected_attribute", {"type": "string", "minLength": 1}, "E.g. CODE_GENDER.", required=True
                    ),
                    "example": "CODE_GENDER",
                },
            ),
            reads=True,
            raises=(ModelUnavailable,),
        )
    },
    "/api/ml/health": {
        "get": operation(
            TAG,
            "mobileHealth",
            "Whether the model can answer, and which it is",
            {200: answer("It can.", ref("MobileHealth")), 503: _UNHEALTHY},
            scope="score",
        )
    },
    "/api/ml/info": {
        "get": operation(
            TAG,
            "mobileInfo",
            "The model in a few words",
            {200: answer("Every figure is the bundle's own.", ref("MobileInfo"))},
            scope="score",
            raises=(ModelUnavailable,),
        )
    },
    "/api/ml/feature-importance": {
        "get": operation(
            TAG,
            "mobileImportance",
            "The most important features",
            {
                200: answer(
                    "Mean absolute log-odds, the largest first.", {**mapping(NUMBER), "maxProperties": MOST_IMPORTANT}
                )
            },
            scope="score",
            raises=(NoImportance, ModelUnavailable),
        )
    },
}
