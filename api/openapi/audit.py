"""What becomes of predictions: records, explanations for persons, outcomes, overrides, holds and erasures."""

from __future__ import annotations

from typing import Final, get_args

from api import audit_body
from api.openapi import derived
from api.openapi.bank import A_PREDICTION_ID, CUSTOMER_ID, MEANING, REASONS, SCORE
from api.openapi.operation import CUSTOMER_IN_PATH, answer, body, in_path, operation
from api.openapi.schema import (
    ANYTHING,
    FLAG,
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
)
from explanation.person import Factor
from routing.archive import Hold, OnHold, Receipt, UnknownCustomer, UnknownPrediction
from routing.audit import OverrideReplaced
from routing.noting import NotedTooMuch
from routing.outcomes import Contradiction, PredictionErased
from scoring.decision import Decision
from scoring.errors import ModelUnavailable, TableUnavailable
from scoring.record import LookUp, ModelScore, VersionUsed

TAG: Final = "History and audit"
DECISION: Final = one_of(get_args(Decision))
DAY: Final[Json] = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
WHO: Final[dict[str, Json]] = {
    "reason": said(text(audit_body.LONGEST_REASON, visible=True), "Why; kept."),
    "user": said(text(audit_body.LONGEST_USER, visible=True), "Who; kept."),
}
_ID: Final = in_path("prediction_id", "As a prediction was answered with.", {"type": "string", "minLength": 1})
_HEAD: Final[dict[str, Json]] = {
    "prediction_id": TEXT,
    "customer_id": TEXT,
    "customer_type": TEXT,
    "timestamp": TIME,
    "decision": DECISION,
    "erased": said(FLAG, "Whether the customer's data were erased: then little more than this is left."),
}
_OUTCOME: Final[dict[str, Json]] = {
    "defaulted": FLAG,
    "observed_on": said(DAY, "The day on which this was seen; not in the future."),
}
_KEPT: Final[Json] = thing({"noted_at": TIME}, about="As it was noted.")
SCHEMAS: Final[dict[str, Json]] = {
    **derived.schemas(ModelScore, VersionUsed, Factor, Receipt, Hold),
    "Record": thing(
        {**_HEAD, "route": TEXT, "prediction_type": TEXT},
        {
            "decision_in_force": DECISION,
            "score": SCORE,
            **{name: each for name, each in MEANING.items() if name not in ("decision", "model_versions")},
            "look_up": said({"enum": [*get_args(LookUp), None]}, "What the customers table said."),
            "asked": said(mapping({"type": "number"}), "Model of the route -> its weight."),
            "models": many({"anyOf": [ref("ModelScore"), ref("VersionUsed")]}),
            "inputs": said(mapping(ANYTHING), "Model -> feature -> its value as scored."),
            "degraded": many(ref("Degradation")),
            **REASONS,
            "provenance": said(ANYTHING, "Versions of code and libraries, scale and policy in force."),
            "outcome": or_null(_KEPT),
            "outcomes": many(_KEPT),
            "overrides": many(_KEPT),
            "shadows": many(_KEPT),
        },
        "All that is needed to answer why this score was given, years later.",
    ),
    "PersonalExplanation": thing(
        {**_HEAD, "text": said(many(TEXT), "The whole of it in sentences.")},
        {
            "decision_in_force": DECISION,
            "score": SCORE,
            "score_band": TEXT,
            "risk_level": TEXT,
            "needed": or_null(thing({"approve": {"type": "number"}, "refer": {"type": "number"}})),
            "factors": many(ref("Factor")),
            "sum": or_null(ANYTHING),
            "would_have_changed": many(
                thing(
                    {"decision": DECISION, "needed": SCORE, "score": SCORE, "changes": many(ANYTHING), "sentence": TEXT}
                )
            ),
            "nothing_would_have_changed": {"type": ["string", "null"]},
        },
        "The principal reasons, and the smallest changes that would have led to another decision.",
    ),
    "Outcome": {
        **thing(_OUTCOME, {"prediction_id": A_PREDICTION_ID, "customer_id": CUSTOMER_ID}, closed=True),
        "oneOf": [{"required": ["prediction_id"]}, {"required": ["customer_id"]}],
        "description": "Of one prediction, or of the customer's newest one by that day.",
    },
    "Noted": thing(
        {
            "prediction_id": TEXT,
            "customer_id": TEXT,
            "noted_at": TIME,
            "recorded": said(one_of(("now", "before")), "Whether it was held already."),
        },
        about="The outcome or override as it is held now, with its fields.",
    ),
    "Reason": thing(WHO, closed=True),
}
_HELD: Final = thing({"customer_id": TEXT, "hold": or_null(ref("Hold"))})
_DOSSIER: Final = {"allOf": [_HELD, thing({"receipts": many(ref("Receipt"))})]}
_WHY: Final[Json] = {"reason": "Request of the customer", "user": "dpo-2"}
_SAW: Final[Json] = {"customer_id": "CUS123456", "defaulted": False, "observed_on": "2026-11-01"}
_SEVERAL: Final = thing(
    {"outcomes": said(many({}, most=audit_body.MOST_OUTCOMES), "Items, each an Outcome.")}, closed=True
)
_EVENTS: Final = (PredictionErased, NotedTooMuch, UnknownPrediction, TableUnavailable)
PATHS: Final[dict[str, Json]] = {
    "/api/v1/predictions/{prediction_id}": {
        "get": operation(
            TAG,
            "prediction",
            "The whole record of a prediction",
            {200: answer("The record, with what became known later.", ref("Record"))},
            scope="read",
            parameters=(_ID,),
            raises=(UnknownPrediction, TableUnavailable),
        )
    },
    "/api/v1/predictions/{prediction_id}/explanation": {
        "get": operation(
            TAG,
            "explanation",
            "Why, and what would have changed it, for the person",
            {200: answer("The explanation.", ref("PersonalExplanation"))},
            scope="read",
            parameters=(_ID,),
            raises=(UnknownPrediction, TableUnavailable, ModelUnavailable),
        )
    },
    "/api/v1/predictions/{prediction_id}/override": {
        "post": operation(
            TAG,
            "override",
            "Note a person's decision in place of the computed one",
            {200: answer("The override.", ref("Noted"))},
            scope="record",
            about="The same override again is the same override.",
            parameters=(_ID,),
            asked=body(
                thing({"decision": DECISION, **WHO}, closed=True),
                {"an override": {"decision": "refer", "reason": "Proof of income came by letter", "user": "clerk-7"}},
            ),
            raises=(*_EVENTS, OverrideReplaced),
        )
    },
    "/api/v1/outcomes": {
        "post": operation(
            TAG,
            "outcomes",
            "Note what became of predictions",
            {
                200: answer(
                    "The outcome, or an answer or a problem for each of several, in order.",
                    {
                        "anyOf": [
                            ref("Noted"),
                            thing({"results": many({"anyOf": [ref("Noted"), ref("ItemProblem")]})}),
                        ]
                    },
                )
            },
            scope="record",
            asked=body({"anyOf": [ref("Outcome"), _SEVERAL]}, {"one": _SAW, "several": {"outcomes": [_SAW, {}]}}),
            raises=(*_EVENTS, Contradiction, UnknownCustomer),
        )
    },
    "/api/v1/customers/{customer_id}": {
        "get": operation(
            TAG,
            "customer",
            "How a customer's data stand",
            {200: answer("The legal hold, if any, and the receipts of erasures.", _DOSSIER)},
            scope="read",
            parameters=(CUSTOMER_IN_PATH,),
            reads=True,
            raises=(UnknownCustomer, TableUnavailable),
        ),
        "delete": operation(
            TAG,
            "erase",
            "Make everything about a customer unreadable, for good",
            {200: answer("The receipt.", ref("Receipt"))},
            scope="erase",
            parameters=(CUSTOMER_IN_PATH,),
            asked=body(ref("Reason"), {"an erasure": _WHY}),
            raises=(UnknownCustomer, OnHold, TableUnavailable),
        ),
    },
    "/api/v1/holds/{customer_id}": {
        "put": operation(
            TAG,
            "hold",
            "Set a legal hold",
            {200: answer("The hold, in place of any other.", _HELD)},
            scope="erase",
            about="While it stands, nothing of the customer is erased.",
            parameters=(CUSTOMER_IN_PATH,),
            asked=body(ref("Reason"), {"a hold": {"reason": "Case 2026/114", "user": "legal-1"}}),
            raises=(UnknownCustomer, TableUnavailable),
        ),
        "delete": operation(
            TAG,
            "liftHold",
            "Lift the legal hold",
            {200: answer("There is none any more.", _HELD)},
            scope="erase",
            parameters=(CUSTOMER_IN_PATH,),
            reads=True,
            raises=(UnknownCustomer, TableUnavailable),
        ),
    },
}
