"""Made-up applicants, from which forms start, and the features that the service derives itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

LOAN: Final[Mapping[str, Any]] = {
    "age": 38,
    "income": 64_000,
    "employment_length": 7,
    "credit_score": 700,
    "num_credit_lines": 6,
    "credit_utilization": 0.4,
    "debt_to_income": 0.28,
    "total_debt": 18_500,
    "savings": 9_000,
    "loan_amount": 17_000,
    "loan_term": 48,
    "num_late_payments": 1,
    "num_bankruptcies": 0,
    "inquiries_last_6m": 2,
    "employment_status": "employed",
    "home_ownership": "mortgage",
    "loan_purpose": "debt_consolidation",
}
LOAN_DERIVED: Final = frozenset(("monthly_payment", "payment_to_income"))

HOME_CREDIT: Final[Mapping[str, Any]] = {
    "NAME_CONTRACT_TYPE": "Cash loans",
    "AMT_INCOME_TOTAL": 157_500,
    "AMT_CREDIT": 450_000,
    "AMT_ANNUITY": 24_500,
    "AMT_GOODS_PRICE": 405_000,
    "EXT_SOURCE_1": 0.41,
    "EXT_SOURCE_2": 0.62,
    "EXT_SOURCE_3": 0.53,
    "DAYS_BIRTH": -14_210,
    "DAYS_EMPLOYED": -2_318,
    "CODE_GENDER": "F",
    "NAME_EDUCATION_TYPE": "Higher education",
    "NAME_INCOME_TYPE": "Commercial associate",
    "NAME_FAMILY_STATUS": "Married",
    "OCCUPATION_TYPE": "Core staff",
}
"""What matters most, in the order of the form."""
HOME_CREDIT_DERIVED: Final = frozenset(
    (
        "CREDIT_TO_INCOME",
        "ANNUITY_TO_INCOME",
        "ANNUITY_TO_CREDIT",
        "GOODS_TO_CREDIT",
        "EMPLOYED_TO_AGE",
        "EXT_SOURCE_MEAN",
    )
)
