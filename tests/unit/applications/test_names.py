"""What the applications' fields are called in sentences."""

from __future__ import annotations

from applications.home_credit import COLUMNS, DERIVED, PROTECTED
from applications.home_credit_words import REASONS
from applications.loan import FEATURES
from applications.names import NAMES
from explanation.levers import plain


def test_every_field_that_may_be_a_reason_has_words() -> None:
    assert {*COLUMNS, *DERIVED} - PROTECTED == set(REASONS)
    assert all(each.name in NAMES for each in FEATURES if not each.protected)
    assert len(set(REASONS.values())) == len(REASONS)


def test_names_stand_in_a_sentence() -> None:
    assert plain("num_late_payments") == "number of late payments"
    assert plain("OCCUPATION_TYPE") == "occupation"
    assert plain("DAYS_EMPLOYED") == "length of employment (days, counted back from the application)"
    assert plain("payment_history") == "payment history"
