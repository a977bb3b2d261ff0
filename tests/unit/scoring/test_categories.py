"""Features whose values are categories: text comes in, a code lies in the row, text is said again."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import InvalidRequest
from scoring.features import Feature, FeatureSchema
from scoring.reasons import Attribution, Part, explain
from scoring.record import named_inputs
from scoring.scale import ScoreScale

HOUSING = Feature("housing", categories=("own", "rent", "with family"))
SCHEMA = FeatureSchema((Feature("income"), HOUSING, Feature("purpose", required=False, categories=("car", "1"))))
TEXT = st.text(max_size=20)


def wrong_fields(given_input: object) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        SCHEMA.row(given_input, "f")  # type: ignore[arg-type]
    return {each.field: each.message for each in caught.value.errors}


@given(st.lists(TEXT, min_size=1, max_size=30, unique=True), st.data())
def test_what_is_said_of_a_code_is_what_was_given(categories: list[str], data: st.DataObject) -> None:
    feature = Feature("x", required=False, categories=tuple(categories))
    value = data.draw(st.sampled_from([*categories, None]))
    assert feature.problem(value) is None
    assert feature.holds(feature.coded(value))
    assert feature.said(feature.coded(value)) == value


def test_a_boolean_is_the_category_of_its_name_and_of_nothing_else() -> None:
    flag = FeatureSchema((Feature("flag", categories=("false", "true")),))
    for value, code in ((False, 0.0), (True, 1.0), ("true", 1.0)):
        assert flag.row({"flag": value}, "f") == flag.row([value], "f") == (code,)
    assert flag.said((1.0,)) == ("true",)
    assert wrong_fields({"income": 1, "housing": True}) == {"f.housing": "must be one of own, rent, with family"}
    assert Feature("x").problem(True) == "must be a number, not a boolean"


@given(st.floats(-1e30, 1e30) | st.none())
def test_what_is_said_of_a_number_is_what_was_given(value: float | None) -> None:
    feature = Feature("x", required=False)
    assert feature.problem(value) is None
    assert feature.said(feature.coded(value)) == value


@given(st.one_of(TEXT, st.floats(), st.integers(), st.booleans(), st.lists(TEXT), st.none()))
def test_anything_but_a_category_is_refused(value: object) -> None:
    accepted = isinstance(value, str) and value in ("own", "rent", "with family")
    assert (HOUSING.problem(value) is None) == accepted


@given(st.floats())
def test_a_row_holds_codes_of_categories_only(coded: float) -> None:
    assert HOUSING.holds(coded) == (coded in (0.0, 1.0, 2.0))


def test_a_vector_and_named_values_give_codes_in_the_rows_order() -> None:
    assert SCHEMA.row([5, "rent", "1"], "f") == (5.0, 1.0, 1.0)
    assert SCHEMA.row({"purpose": "car", "housing": "own", "income": 5}, "f") == (5.0, 0.0, 0.0)
    assert math.isnan(SCHEMA.row([5, "rent", None], "f")[2])
    assert SCHEMA.said((5.0, 1.0, math.nan)) == (5.0, "rent", None)


def test_a_client_is_told_the_categories() -> None:
    assert wrong_fields([5, "Rent", 1]) == {
        "f[1]": "must be one of own, rent, with family",
        "f[2]": "must be one of car, 1",
    }
    assert wrong_fields({"income": 5, "housing": None}) == {"f.housing": "must be one of own, rent, with family"}
    assert wrong_fields([5]) == {"f": "must hold 3 values (income, housing, purpose), not 1"}


def test_of_many_categories_ten_are_told() -> None:
    many = Feature("place", categories=tuple(f"p{index}" for index in range(300)))
    assert many.problem("p300") == f"must be one of {', '.join(f'p{index}' for index in range(10))} and 290 more"


def test_a_code_that_no_category_has_is_said_as_it_is() -> None:
    assert (HOUSING.said(3.0), HOUSING.said(0.5), HOUSING.said(-1.0)) == (3.0, 0.5, -1.0)


def test_a_record_keeps_the_words_and_its_schema_reads_them_again() -> None:
    row = (5.0, 2.0, math.nan)
    kept = named_inputs(SCHEMA, row)
    assert kept == {"income": 5.0, "housing": "with family", "purpose": None}
    assert str(SCHEMA.row(kept, "f")) == str(row)


def test_reasons_say_the_category() -> None:
    part = Part("m", 1.0, SCHEMA, (5.0, 1.0, math.nan), Attribution(0.0, (0.1, 0.5, 0.2), "exact", "x"))
    explanation = explain([part], ScoreScale(), 500.0)
    assert {each.feature: each.value for each in explanation.contributions} == {
        "income": 5.0,
        "housing": "rent",
        "purpose": None,
    }
