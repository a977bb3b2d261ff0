"""The loan desk's application: 17 fields, and two that the model's input has beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scoring.features import Feature

NAME: Final = "loan"
CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = {
    "employment_status": ("employed", "self_employed", "unemployed", "retired", "student"),
    "home_ownership": ("mortgage", "own", "rent"),
    "loan_purpose": ("debt_consolidation", "home_improvement", "car", "education", "medical", "business", "other"),
}


def _number(name: str, low: float, high: float, reason: str, *, integer: bool = False) -> Feature:
    return Feature(name, minimum=low, maximum=high, integer=integer, reason=reason)


FIELDS: Final[tuple[Feature, ...]] = (
    Feature("age", minimum=18, maximum=120, protected=True),
    _number("income", 0, 1e9, "Income"),
    _number("employment_length", 0, 80, "Length of employment"),
    _number("credit_score", 300, 850, "Credit score reported by the bureau", integer=True),
    _number("num_credit_lines", 0, 200, "Number of credit lines", integer=True),
    _number("credit_utilization", 0, 10, "Share of the credit limits in use"),
    _number("debt_to_income", 0, 100, "Debt relative to income"),
    _number("total_debt", 0, 1e9, "Total debt"),
    _number("savings", 0, 1e9, "Savings"),
    _number("loan_amount", 1, 1e9, "Amount of the loan applied for"),
    _number("loan_term", 1, 600, "Term of the loan applied for"),
    _number("num_late_payments", 0, 1_000, "Number of late payments", integer=True),
    _number("num_bankruptcies", 0, 100, "Number of bankruptcies", integer=True),
    _number("inquiries_last_6m", 0, 1_000, "Number of inquiries in the last six months", integer=True),
    Feature("employment_status", categories=CATEGORIES["employment_status"], reason="Employment status"),
    Feature("home_ownership", categories=CATEGORIES["home_ownership"], reason="Home ownership"),
    Feature("loan_purpose", categories=CATEGORIES["loan_purpose"], reason="Purpose of the loan"),
)
"""What a client sends. Ranges are of what is possible, not of what is usual; one currency, the term in months."""
DERIVED: Final[tuple[Feature, ...]] = (
    Feature("monthly_payment", minimum=0, required=False, reason="Monthly payment of the loan applied for"),
    Feature("payment_to_income", minimum=0, required=False, reason="Monthly payment relative to income"),
)
FEATURES: Final = (*FIELDS, *DERIVED)


def features(application: Mapping[str, object]) -> dict[str, object]:
    """An application as the model's input: its fields, unchecked, and what follows from them where it does."""
    return {**application, **derived(*map(application.get, ("loan_amount", "loan_term", "income")))}


def derived(loan_amount: object, loan_term: object, income: object) -> dict[str, float | None]:
    """monthly_payment = loan_amount / loan_term, the principal alone; payment_to_income = 12 monthly_payment / income.

    None where there is no term, or no income to pay from. Loan and income in one currency, the income per year.
    """
    if not (_is_positive(loan_term) and _is_positive(loan_amount)):
        return {"monthly_payment": None, "payment_to_income": None}
    payment = float(loan_amount) / float(loan_term)  # type: ignore[arg-type]  # both were just found to be numbers
    share = 12 * payment / float(income) if _is_positive(income) else None  # type: ignore[arg-type]
    return {"monthly_payment": payment, "payment_to_income": share}


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e300
