"""Sentences that people read."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explanation import words
from scoring.features import FLOAT32_MAX
from scoring.reasons import Contribution


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (0.3, "0.3"),
        (0.1 + 0.2, "0.3"),
        (564.3, "564.3"),
        (52_000.0, "52,000"),
        (1234.56789, "1,234.5679"),
        (-12.5, "-12.5"),
        (0.00012, "0.00012"),
        (5e-324, "4.94e-324"),
        (1e15, "1e+15"),
        (3.4e38, "3.4e+38"),
    ],
)
def test_numbers_are_written_as_people_write_them(value: float, text: str) -> None:
    assert words.number(value) == text


@given(st.floats(-FLOAT32_MAX, FLOAT32_MAX))
def test_any_number_can_be_written_and_read_again(value: float) -> None:
    assert math.isclose(float(words.number(value).replace(",", "")), value, rel_tol=0.01, abs_tol=5e-5)


def test_points_have_one_decimal_and_a_plural() -> None:
    assert [words.points(each) for each in (-30.94, 1.04, 0.95, 0.0)] == [
        "30.9 points",
        "1 point",
        "0.9 points",
        "0 points",
    ]


@pytest.mark.parametrize(
    ("names", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_are_joined_as_in_a_sentence(names: list[str], text: str) -> None:
    assert words.listed(names) == text


def test_the_reason_is_given_only_where_the_factor_speaks_against_the_applicant() -> None:
    def told(points: float, reason: str | None, value: float | str | None = 0.32) -> str:
        return words.factor(Contribution("m", "payment_history", value, -points, points), reason, "payment history")

    late = "Late payments in the credit history"
    assert told(-41.3, late) == f"{late}: this takes 41.3 points away (your payment history: 0.32)."
    assert told(-41.3, None) == "Payment history: this takes 41.3 points away (yours: 0.32)."
    assert told(41.3, late) == "Payment history: this adds 41.3 points (yours: 0.32)."
    assert told(0.01, late) == "Payment history: this does not move the score (yours: 0.32)."
    assert told(-41.3, late, "twice") == f"{late}: this takes 41.3 points away (your payment history: twice)."
    assert told(-41.3, "Payment history") == "Payment history: this takes 41.3 points away (yours: 0.32)."
    assert told(-3.0, late, None) == f"{late}: this takes 3 points away (your payment history: not known)."
