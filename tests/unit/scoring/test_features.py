import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import InvalidRequest
from scoring.features import Feature, FeatureSchema

SCHEMA = FeatureSchema(
    (
        Feature("age", minimum=18, maximum=120, integer=True, protected=True),
        Feature("income", minimum=0),
        Feature("debt", required=False),
    )
)


def wrong_fields(given_input: object) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        SCHEMA.row(given_input, "features.m")  # type: ignore[arg-type]
    return {each.field: each.message for each in caught.value.errors}


@given(st.tuples(st.integers(18, 120), st.floats(0, 1e9), st.floats(-1e9, 1e9)))
def test_a_vector_and_named_values_of_the_same_input_give_the_same_row(values: tuple[float, ...]) -> None:
    named = dict(zip(reversed(SCHEMA.names), reversed(values), strict=True))
    assert SCHEMA.row(list(values), "f") == SCHEMA.row(named, "f") == tuple(map(float, values))


def test_every_wrong_value_of_a_vector_is_named_by_its_place() -> None:
    assert wrong_fields([True, "rich", []]) == {
        "features.m[0]": "must be a number, not a boolean",
        "features.m[1]": "must be a number, not text",
        "features.m[2]": "must be a number, not a list",
    }


def test_null_is_a_missing_value_where_none_need_be_given_and_wrong_elsewhere() -> None:
    assert math.isnan(SCHEMA.row([30, 5, None], "f")[2])
    assert math.isnan(SCHEMA.row({"age": 30, "income": 5, "debt": None}, "f")[2])
    assert wrong_fields([30, None, None]) == {"features.m[1]": "must be a number, not null"}
    assert wrong_fields({"age": None, "income": 5}) == {"features.m.age": "must be a number, not null"}


def test_a_vector_of_the_wrong_length_is_told_what_belongs_in_it() -> None:
    assert wrong_fields([1, 2]) == {"features.m": "must hold 3 numbers (age, income, debt), not 2"}


def test_missing_and_unknown_names_are_both_told() -> None:
    assert wrong_fields({"age": 30, "incme": 5}) == {
        "features.m.income": "is missing",
        "features.m.incme": "is not a feature of this model",
    }


def test_a_feature_that_may_be_missing_reaches_the_model_as_nan() -> None:
    assert math.isnan(SCHEMA.row({"age": 30, "income": 5}, "f")[2])


@pytest.mark.parametrize(
    ("value", "message"),
    [(17, "must be at least 18"), (900, "must be at most 120"), (30.5, "must be a whole number")],
)
def test_a_value_outside_the_possible_range_is_refused(value: float, message: str) -> None:
    assert wrong_fields([value, 1, 1]) == {"features.m[0]": message}


@pytest.mark.parametrize("value", [10**400, -(10**400), 1e39, math.inf, math.nan])
def test_a_number_that_32_bits_cannot_hold_is_refused(value: float) -> None:
    assert wrong_fields([30, 1, value]) == {"features.m[2]": "is outside the range of numbers that can be scored"}
