"""The bank's services: predictions and search."""

from __future__ import annotations

from typing import Final, get_args

from api import predict_body, search_query
from api.openapi import derived, shown
from api.openapi.operation import KEY, PERIOD, answer, body, operation, query
from api.openapi.schema import (
    ANYTHING,
    COUNT,
    FLAG,
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
    text,
    thing,
    whole,
)
from scoring.decision import Decision, Policy, RiskLevel
from scoring.errors import AnswerErased, KeyInProgress, KeyReused, TableUnavailable, Unavailable
from scoring.identity import LONGEST_CUSTOMER_ID, PREDICTION_ID
from scoring.reasons import Contribution, ReasonCode
from scoring.record import CustomerType, Degradation

TAG: Final = "Scoring"
SCORE: Final[Json] = {"type": "number", "description": "Points of 300 to 850; more is better."}
CUSTOMER_ID: Final[Json] = said(text(LONGEST_CUSTOMER_ID), "Exactly as the bank writes it; no control characters.")
A_PREDICTION_ID: Final[Json] = {"type": "string", "pattern": f"^{PREDICTION_ID.pattern}$"}
POLICY: Final = Policy()
MEANING: Final[dict[str, Json]] = {
    "probability_of_default": SHARE,
    "risk_level": one_of(get_args(RiskLevel)),
    "score_band": {"type": "string", "examples": [*(name for name, _ in POLICY.bands), POLICY.lowest_band]},
    "decision": one_of(get_args(Decision)),
    "model_versions": mapping(TEXT, "Model -> the version that answered."),
}
REASONS: Final[dict[str, Json]] = {
    "reason_codes": said(
        or_null(many(ref("ReasonCode"))), "With `explain`: the principal reasons; null where they cannot be had."
    ),
    "explanation": or_null(ref("Explanation")),
}
X5, X3, X6 = [0.5, 0.8, 0.3, 0.7, 0.9], [0.6, 0.7, 0.5], [0.5, 0.8, 0.3, 0.7, 0.9, 0.2]
_NAMED: Final[dict[str, float]] = {
    "residential_stability": 0.6,
    "employment_stability": 0.7,
    "household_bills": 0.5,
}
NEW: Final[Json] = {"customer_id": "CUS999999", "features": {"xgboost": X6}}
EXISTING: Final[Json] = {"customer_id": "CUS123456", "features": {"traditional": X5, "social": X3, "xgboost": X6}}
EXPLAINED: Final[Json] = {"customer_id": "CUS777777", "features": {"xgboost": X6, "social": _NAMED}, "explain": True}

_INPUT: Final[Json] = {
    "anyOf": [{"type": "array"}, ANYTHING],
    "description": "An ordered vector, or an object of named values; the model's features stand under "
    "`/api/v1/models/<name>`. Both forms of the same input give the same score.",
}
SCHEMAS: Final[dict[str, Json]] = {
    **derived.schemas(ReasonCode, Contribution, Degradation),
    "Explanation": thing(
        {
            "base_points": NUMBER,
            "contributions": many(ref("Contribution")),
            "protected_points": NUMBER,
            "adjustment_points": NUMBER,
            "methods": said(mapping(mapping(TEXT)), "Model -> how its score was taken apart, and against whom."),
        },
        about="base_points + the points of all contributions + protected_points + adjustment_points = score.",
    ),
    "PredictRequest": thing(
        {
            "customer_id": CUSTOMER_ID,
            "features": {
                "type": "object",
                "additionalProperties": _INPUT,
                "maxProperties": predict_body.MOST_MODELS,
                "description": "Model -> its input. More models than the customer's route uses may come.",
            },
        },
        {"explain": {"type": "boolean", "default": False, "description": "Give reasons, too."}},
        closed=True,
    ),
    "Prediction": thing(
        {
            "customer_id": TEXT,
            "customer_type": one_of(get_args(CustomerType)),
            "prediction_type": said(TEXT, "Which kind of route answered, e.g. `new_customer_xgboost`."),
            "timestamp": TIME,
            "prediction_id": A_PREDICTION_ID,
            **MEANING,
            "stored": said(FLAG, "False while the record waits in the local outbox."),
        },
        {
            "score": said(SCORE, "Of a new customer's one model, and of a fallback."),
            "model": said(TEXT, "The one model that gave `score`."),
            "aggregated_score": said(SCORE, "Of an existing customer: the weighted mean of the models' scores."),
            "models": many(thing({"model": TEXT, "score": SCORE, "weight": SHARE})),
            "num_models_used": COUNT,
            "degraded": said(many(ref("Degradation"), 1), "Models of the route that did not answer, and why."),
            **REASONS,
        },
        "An existing customer's answer has `aggregated_score` and `models`, a new one's `score` and `model`; a "
        "fallback's has both.",
    ),
    "Latest": thing(
        {
            "timestamp": TEXT,
            "credit_score": NUMBER,
            "prediction_type": TEXT,
            "models_used": many(TEXT),
            "raw_predictions": many(ANYTHING),
        }
    ),
    "SearchRequest": thing(
        {"customer_id": CUSTOMER_ID},
        {
            "limit": whole(1, search_query.MOST, search_query.DEFAULT_LIMIT),
            "cursor": said({"type": ["string", "null"]}, "`next_cursor` of the page before, of the same query."),
            "since": said({"type": ["string", "null"], "format": "date-time"}, "The first moment."),
            "until": said({"type": ["string", "null"], "format": "date-time"}, "The last moment."),
        },
        closed=True,
    ),
    "SearchAnswer": thing(
        {
            "customer_id": TEXT,
            "found": FLAG,
            "latest_prediction": or_null(ref("Latest")),
            "history": said(
                many({"allOf": [ref("Latest"), thing({"prediction_id": {"type": ["string", "null"]}}, MEANING)]}),
                "One page, newest first. What an older program left in the table has no id.",
            ),
            "erased": said(COUNT, "Erased predictions among those of this page."),
            "next_cursor": {"type": ["string", "null"]},
        }
    ),
}
_SHOWN: Final = {"a new customer": shown.NEW, "an existing customer": shown.EXISTING}
_SHOWN_FOUND: Final = {"a customer": shown.FOUND, "nobody": shown.UNKNOWN}
KEYED: Final = (KeyInProgress, KeyReused, AnswerErased)
_FOUND: Final = answer(
    "The customer's predictions. An unknown customer is `found: false`.", ref("SearchAnswer"), _SHOWN_FOUND
)
_ASKS: Final = "The latest prediction, and a page of the history."
PATHS: Final[dict[str, Json]] = {
    "/api/v1/predict": {
        "post": operation(
            TAG,
            "predict",
            "Score a customer",
            {200: answer("The score.", ref("Prediction"), _SHOWN, headers=("Idempotency-Replayed",))},
            scope="score",
            about="The customer is existing when the customers table knows them, else new; each kind has its route. A "
            "model that fails is `degraded`, never silently. A failing look-up is 503: nobody is guessed to be new.",
            parameters=(KEY,),
            asked=body(
                ref("PredictRequest"),
                {"a new customer": NEW, "a customer, existing or new": EXISTING, "with reasons": EXPLAINED},
            ),
            raises=(*KEYED, Unavailable, TableUnavailable),
        )
    },
    "/api/v1/predict/batch": {
        "post": operation(
            TAG,
            "predictBatch",
            "Score many customers together",
            {
                200: answer(
                    "In order: an answer or a problem for each.",
                    thing({"results": many({"anyOf": [ref("Prediction"), ref("ItemProblem")]})}),
                )
            },
            scope="score",
            about="One bad item never spoils the rest. An Idempotency-Key holds for each item by its place.",
            parameters=(KEY,),
            asked=body(
                thing(
                    {"requests": said(many({}, most=predict_body.MOST_ITEMS), "Items, each a PredictRequest.")},
                    closed=True,
                ),
                {"two, and a bad one": {"requests": [NEW, EXISTING, {"customer_id": "CUS000000"}]}},
            ),
        )
    },
    "/api/v1/search": {
        "get": operation(
            TAG,
            "search",
            "Find a customer's predictions",
            {200: _FOUND},
            scope="read",
            about=_ASKS,
            parameters=(
                {**query("customer_id", CUSTOMER_ID, "Whose predictions.", required=True), "example": "CUS123456"},
                query("limit", whole(1, search_query.MOST, search_query.DEFAULT_LIMIT), "Predictions of a page."),
                query("cursor", TEXT, "`next_cursor` of the page before, of the same query."),
                *PERIOD,
            ),
            reads=True,
            raises=(TableUnavailable,),
        ),
        "post": operation(
            TAG,
            "searchByBody",
            "Find a customer's predictions, without their id in a log of URLs",
            {200: _FOUND},
            scope="read",
            about=_ASKS,
            asked=body(ref("SearchRequest"), {"the newest five": {"customer_id": "CUS123456", "limit": 5}}),
            raises=(TableUnavailable,),
        ),
    },
}
