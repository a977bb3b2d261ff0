"""The loan desk and the credit desk: applications at one path, told apart by their fields."""

from __future__ import annotations

from typing import Final

from api.openapi import shown
from api.openapi.bank import A_PREDICTION_ID, CUSTOMER_ID, KEYED, REASONS
from api.openapi.operation import KEY, answer, body, operation
from api.openapi.schema import (
    COUNT,
    FLAG,
    NUMBER,
    SHARE,
    TEXT,
    Json,
    many,
    mapping,
    of_feature,
    one_of,
    ref,
    said,
    thing,
)
from api.predict_body import MOST_ITEMS
from applications import home_credit, loan
from scoring.errors import TableUnavailable, Unavailable

TAG: Final = "Loan desk and credit desk"
VALUE: Final[Json] = {"type": ["number", "string", "null"]}
OWN: Final[dict[str, Json]] = {
    "customer_id": said({**CUSTOMER_ID, "type": ["string", "null"]}, "Who applies; left out, an id is made."),
    "explain": {"type": "boolean", "default": False, "description": "Give reasons, too."},
}
FOUND_AGAIN: Final[dict[str, Json]] = {
    "prediction_id": A_PREDICTION_ID,
    "customer_id": TEXT,
    "model_versions": mapping(TEXT, "Model -> the version that answered."),
    "stored": said(FLAG, "False while the record waits in the local outbox."),
    "ignored_fields": said(many(TEXT), "Fields that nothing reads."),
}
LOAN: Final[Json] = {
    "age": 38,
    "income": 64_000,
    "employment_length": 7,
    "credit_score": 701,
    "num_credit_lines": 6,
    "credit_utilization": 0.41,
    "debt_to_income": 0.28,
    "total_debt": 18_500,
    "savings": 9_200,
    "loan_amount": 18_000,
    "loan_term": 48,
    "num_late_payments": 1,
    "num_bankruptcies": 0,
    "inquiries_last_6m": 2,
    "employment_status": "employed",
    "home_ownership": "mortgage",
    "loan_purpose": "debt_consolidation",
}
HOME: Final[Json] = {
    "SK_ID_CURR": 100_002,
    "NAME_CONTRACT_TYPE": "Cash loans",
    "CODE_GENDER": "F",
    "FLAG_OWN_CAR": "N",
    "CNT_CHILDREN": 0,
    "AMT_INCOME_TOTAL": 202_500,
    "AMT_CREDIT": 406_597.5,
    "AMT_ANNUITY": 24_700.5,
    "AMT_GOODS_PRICE": 351_000,
    "DAYS_BIRTH": -9_461,
    "DAYS_EMPLOYED": -637,
    "OCCUPATION_TYPE": "Laborers",
    "EXT_SOURCE_1": 0.083,
    "EXT_SOURCE_2": 0.263,
    "EXT_SOURCE_3": 0.139,
}
SCHEMAS: Final[dict[str, Json]] = {
    "LoanApplication": thing(
        {each.name: of_feature(each) for each in loan.FIELDS},
        OWN,
        "One currency, income per year, the term in months. The model adds monthly_payment and payment_to_income.",
    ),
    "HomeCreditApplication": {
        **thing(
            {},
            {
                home_credit.ID: {**CUSTOMER_ID, "type": ["integer", "string", "null"]},
                **dict.fromkeys(home_credit.COLUMNS, VALUE),
                **OWN,
            },
            "Columns of Home Credit's application table, any subset: absent ones and null are missing. "
            "At least one is there; what the model does not use is not read.",
        ),
        "minProperties": 1,
    },
    "LoanAnswer": thing(
        {
            "status": {"const": "success"},
            "prediction": said({"enum": [0, 1]}, "1 = high risk."),
            "risk_score": said({"type": "number", "minimum": 0, "maximum": 100}, "100 x P(high risk)."),
            "risk_level": one_of(("low", "medium", "high")),
            "probability": thing({"low_risk": SHARE, "high_risk": SHARE}),
            "processing_time_ms": NUMBER,
            "timestamp": said(NUMBER, "Unix seconds."),
            **FOUND_AGAIN,
        },
        REASONS,
    ),
    "CreditDeskAnswer": thing(
        {
            "prediction": said({"enum": [0, 1]}, "1 = default expected = refuse, 0 = grant."),
            "probability": said(SHARE, "Of default."),
            "threshold": said(SHARE, "The model's own: it minimises the cost of wrong decisions."),
            **FOUND_AGAIN,
        },
        REASONS,
    ),
}
RAISES: Final = (*KEYED, Unavailable, TableUnavailable)
PATHS: Final[dict[str, Json]] = {
    "/predict": {
        "post": operation(
            TAG,
            "apply",
            "Score a loan application or a Home Credit application",
            {
                200: answer(
                    "In the words of the client whose application it is.",
                    {"anyOf": [ref("LoanAnswer"), ref("CreditDeskAnswer")]},
                    {"loan desk": shown.LOAN, "credit desk": shown.CREDIT_DESK},
                    headers=("Idempotency-Replayed",),
                )
            },
            scope="score",
            about="The body's fields say which application it is: the kind of which it has more fields.",
            parameters=(KEY,),
            asked=body(
                {"anyOf": [ref("LoanApplication"), ref("HomeCreditApplication")]},
                {"loan desk": LOAN, "credit desk": HOME},
            ),
            raises=RAISES,
        )
    },
    "/predict/batch": {
        "post": operation(
            TAG,
            "applyBatch",
            "Score many loan applications together",
            {
                200: answer(
                    "In order: an answer or a problem for each.",
                    thing(
                        {
                            "status": {"const": "success"},
                            "results": many({"anyOf": [ref("LoanAnswer"), ref("ItemProblem")]}),
                            "count": COUNT,
                        }
                    ),
                )
            },
            scope="score",
            parameters=(KEY,),
            asked=body(
                thing({"applications": said(many({}, most=MOST_ITEMS), "Items, each a LoanApplication.")}, closed=True),
                {"one, and a bad one": {"applications": [LOAN, {"age": "old"}]}},
            ),
        )
    },
}
