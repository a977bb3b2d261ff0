"""The synthetic applications: what they look like, how they hang together, how well anyone could tell their risk."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evaluation.discrimination import auc
from training.lab.loan_applications import (
    CATEGORIES,
    FIELDS,
    NUMBERS,
    TERMS,
    LoanApplications,
    loan_applications,
    probability_of_default,
    with_derived,
)

RANGES = {
    "age": (18, 80),
    "income": (6_000, 400_000),
    "employment_length": (0, 60),
    "credit_score": (300, 850),
    "num_credit_lines": (0, 40),
    "credit_utilization": (0, 1),
    "debt_to_income": (0, 1.25),
    "total_debt": (0, 500_000),
    "savings": (0, 500_000),
    "loan_amount": (500, 100_000),
    "loan_term": (12, 72),
    "num_late_payments": (0, 20),
    "num_bankruptcies": (0, 2),
    "inquiries_last_6m": (0, 15),
}


@pytest.fixture(scope="module")
def many() -> LoanApplications:
    return loan_applications(60_000, seed=4)


def test_an_application_has_the_seventeen_fields_that_the_loan_desk_sends(many: LoanApplications) -> None:
    assert tuple(many.frame) == (*FIELDS, "default")
    assert len(FIELDS) == 17
    assert set(many.frame["loan_term"]) == set(TERMS)
    for name, values in CATEGORIES.items():
        assert set(many.frame[name]) == set(values)
    assert not many.frame.isna().any().any()


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_lies_where_it_can(many: LoanApplications, name: str) -> None:
    low, high = RANGES[name]
    assert many.frame[name].between(low, high).all()
    assert many.frame[name].nunique() > 2


def test_thirty_of_a_hundred_default(many: LoanApplications) -> None:
    assert many.frame["default"].mean() == pytest.approx(0.30, abs=0.006)
    assert many.pd.mean() == pytest.approx(0.30, abs=0.004)
    assert loan_applications().frame["default"].mean() == pytest.approx(0.30, abs=0.05)


def test_defaults_happen_as_often_as_their_probability_says(many: LoanApplications) -> None:
    band = pd.Series(many.pd).groupby(np.floor(many.pd * 10))
    happened = many.frame["default"].groupby(np.floor(many.pd * 10)).mean()
    assert np.allclose(band.mean(), happened, atol=0.04)


def test_nobody_can_rank_them_better_than_the_risk_process_itself(many: LoanApplications) -> None:
    assert 0.94 < auc(many.frame["default"], many.pd).value < 0.96
    assert 0.88 < np.maximum(many.pd, 1 - many.pd).mean() < 0.90


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ("income", "savings", 0.5, 0.9),
        ("income", "total_debt", 0.3, 0.7),
        ("income", "loan_amount", 0.5, 0.8),
        ("age", "employment_length", 0.3, 0.6),
        ("credit_utilization", "debt_to_income", 0.3, 0.7),
        ("credit_score", "num_late_payments", -0.8, -0.5),
        ("credit_score", "credit_utilization", -0.9, -0.5),
        ("credit_score", "num_bankruptcies", -0.5, -0.2),
        ("credit_score", "inquiries_last_6m", -0.6, -0.2),
        ("loan_amount", "loan_term", 0.5, 0.9),
        ("credit_score", "default", -0.8, -0.4),
    ],
)
def test_what_belongs_together_in_life_does_so_here(
    many: LoanApplications, first: str, second: str, low: float, high: float
) -> None:
    assert low < many.frame[first].corr(many.frame[second], method="spearman") < high


def test_work_decides_income_and_age_decides_work(many: LoanApplications) -> None:
    by_work = many.frame.groupby("employment_status")
    assert by_work["income"].median().idxmin() == "student"
    assert by_work["income"].median()["employed"] > 2 * by_work["income"].median()["unemployed"]
    assert by_work["age"].min()["retired"] >= 65
    assert by_work["employment_length"].max()["unemployed"] == 0
    assert (many.frame["employment_length"] <= many.frame["age"] - 18).all()
    owners = many.frame.groupby("home_ownership")["age"].median()
    assert owners["own"] > owners["rent"]


def test_debt_to_income_is_the_debt_over_the_income(many: LoanApplications) -> None:
    assert np.allclose(many.frame["debt_to_income"], many.frame["total_debt"] / many.frame["income"], atol=0.005001)


def test_the_seed_decides_everything() -> None:
    first, again, other = loan_applications(500, 1), loan_applications(500, 1), loan_applications(500, 2)
    pd.testing.assert_frame_equal(first.frame, again.frame)
    assert np.array_equal(first.pd, again.pd)
    assert not first.frame.equals(other.frame)


def test_the_pd_depends_on_what_an_application_says_and_on_nothing_else(many: LoanApplications) -> None:
    shuffled = many.frame.drop(columns="default").sample(frac=1, random_state=0)
    assert np.array_equal(probability_of_default(shuffled), many.pd[shuffled.index])


def test_the_instalment_is_derived_from_amount_term_and_income() -> None:
    said = {"loan_amount": 17000, "loan_term": 48, "income": 64000}
    derived = with_derived(pd.DataFrame([said, {**said, "income": 0}, {**said, "loan_term": 0}]))
    assert derived["monthly_payment"].iloc[0] == pytest.approx(17000 / 48)
    assert derived["payment_to_income"].iloc[0] == pytest.approx(12 * 17000 / 48 / 64000)
    assert np.isnan(derived["payment_to_income"].iloc[1])
    assert np.isnan(derived["monthly_payment"].iloc[2])


def test_no_application_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        loan_applications(0)
