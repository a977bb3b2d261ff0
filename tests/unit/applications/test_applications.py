"""What a model is given of an application, and which kind a body is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications import home_credit, loan
from applications.which import kind_of
from scoring.errors import InvalidRequest
from scoring.features import FeatureSchema

LOAN = {
    "age": 38, "income": 64_000, "employment_length": 7, "credit_score": 701, "num_credit_lines": 6,
    "credit_utilization": 0.41, "debt_to_income": 0.28, "total_debt": 18_500, "savings": 9_200, "loan_amount": 18_000,
    "loan_term": 48, "num_late_payments": 1, "num_bankruptcies": 0, "inquiries_last_6m": 2,
    "employment_status": "employed", "home_ownership": "mortgage", "loan_purpose": "debt_consolidation",
}  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)


def test_a_loan_application_has_17_fields_and_two_that_follow_from_them() -> None:
    given = loan.features(LOAN)
    assert len(loan.FIELDS) == 17
    assert (given["monthly_payment"], given["payment_to_income"]) == (375.0, 12 * 375.0 / 64_000)
    assert len(FeatureSchema(loan.FEATURES).row(given, "features")) == 19


@pytest.mark.parametrize(
    "change", [{"loan_term": 0}, {"loan_term": "long"}, {"loan_amount": None}, {"loan_term": True}]
)
def test_nothing_follows_from_a_wrong_field_and_the_field_itself_is_what_is_refused(change: dict[str, Any]) -> None:
    given = loan.features({**LOAN, **change})
    assert (given["monthly_payment"], given["payment_to_income"]) == (None, None)
    with pytest.raises(InvalidRequest) as caught:
        FeatureSchema(loan.FEATURES).row(given, "features")
    assert [each.field for each in caught.value.errors] == [f"features.{name}" for name in change]


def test_without_income_there_is_a_payment_and_no_share_of_income() -> None:
    assert loan.derived(1_200, 12, 0) == {"monthly_payment": 100.0, "payment_to_income": None}


@given(SCALARS, SCALARS, SCALARS)
def test_any_values_at_all_derive_numbers_or_nothing(amount: object, term: object, income: object) -> None:
    assert all(value is None or value >= 0 for value in loan.derived(amount, term, income).values())


def test_home_credit_s_table_has_120_columns_and_its_codes_for_nothing_said_are_missing() -> None:
    assert len(home_credit.COLUMNS) == len(set(home_credit.COLUMNS)) == 120
    body = {
        "DAYS_EMPLOYED": 365_243,
        "DAYS_BIRTH": -20_000,
        "ORGANIZATION_TYPE": "XNA",
        "SHOE_SIZE": 1,
        "SK_ID_CURR": 7,
    }
    given = home_credit.features(body)
    assert given == {"DAYS_EMPLOYED": None, "DAYS_BIRTH": -20_000, "ORGANIZATION_TYPE": None}
    assert home_credit.ignored(body) == ["SHOE_SIZE"]


def test_ratios_and_the_mean_of_the_external_scores_follow_where_they_can() -> None:
    given = home_credit.features({"AMT_CREDIT": 300.0, "AMT_INCOME_TOTAL": 100, "AMT_ANNUITY": 30, "EXT_SOURCE_2": 0.5})
    assert {name: given[name] for name in home_credit.DERIVED if name in given} == {
        "CREDIT_TO_INCOME": 3.0,
        "ANNUITY_TO_INCOME": 0.3,
        "ANNUITY_TO_CREDIT": 0.1,
        "EXT_SOURCE_MEAN": 0.5,
    }


@given(st.dictionaries(st.sampled_from(home_credit.COLUMNS) | st.text(max_size=9), SCALARS))
def test_any_home_credit_body_is_read(body: dict[str, Any]) -> None:
    given = home_credit.features(body)
    assert set(given) <= {*body, *home_credit.DERIVED}


def test_the_fields_say_which_application_a_body_is() -> None:
    assert kind_of(LOAN) == "loan"
    assert kind_of({"SK_ID_CURR": 1, "AMT_CREDIT": 1.0}) == "home_credit"
    assert kind_of({"age": 30, "AMT_CREDIT": 1.0, "AMT_ANNUITY": 2.0}) == "home_credit"


def test_a_body_that_fits_neither_is_told_what_is_missing_of_each() -> None:
    with pytest.raises(InvalidRequest) as caught:
        kind_of({"colour": "blue"})
    first, second = caught.value.errors
    assert all(field.name in first.message for field in loan.FIELDS)
    assert "NAME_CONTRACT_TYPE" in second.message
