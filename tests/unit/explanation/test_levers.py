"""Which values of an applicant could have been others."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explanation.levers import STEPS, Lever, levers, moved
from scoring.features import Feature, Row
from tests.fakes.models import FakeModel

FINITE = st.floats(-1e30, 1e30)


def a_lever(value: float, plausible: Sequence[float], **more: float | bool) -> Lever:
    return Lever("x", Feature("x", **more), (("m", 0),), value, tuple(sorted(set(plausible))))  # type: ignore[arg-type]


def a_model(name: str, features: Sequence[str | Feature], rows: Sequence[Row] | None = None) -> FakeModel:
    model = FakeModel(name, features, lambda row: -sum(row))
    model.plausible = tuple(rows) if rows is not None else model.plausible
    return model


@given(FINITE | st.just(math.nan), st.lists(FINITE, min_size=1, max_size=30))
def test_candidates_are_few_others_and_never_beyond_what_occurs(value: float, plausible: list[float]) -> None:
    lever = a_lever(value, plausible)
    assert len(lever.candidates) <= max(STEPS + 2, len(plausible))
    assert value not in lever.candidates
    slack = (max(plausible) - min(plausible)) * 1e-9
    assert all(min(plausible) - slack <= each <= max(plausible) + slack for each in lever.candidates)


@given(st.integers(-1000, 1000), st.lists(st.integers(-1000, 1000), min_size=1, max_size=30))
def test_candidates_of_a_whole_number_are_whole_also_where_only_the_values_say_so(value: int, some: list[int]) -> None:
    for lever in (a_lever(value, some, integer=True), a_lever(value, some)):
        assert all(each == int(each) for each in lever.candidates)


@given(FINITE, FINITE, st.floats(-50, 50), st.floats(0, 50))
def test_candidates_keep_to_the_declared_range(low: float, high: float, minimum: float, width: float) -> None:
    lever = a_lever(0.0, [low, high], minimum=minimum, maximum=minimum + width)
    assert all(minimum <= each <= minimum + width for each in lever.candidates)


def test_candidates_are_round_numbers() -> None:
    assert a_lever(0.5, [0.0, 0.03, 1.0]).candidates[:3] == (0.0, 0.01, 0.02)
    assert a_lever(0.0, [31_000.0, 55_500.0, 111_000.0]).candidates[:2] == (31_000.0, 32_000.0)
    assert a_lever(0.0, [0.0, 1.0]).candidates == (1.0,)


@given(st.lists(FINITE, min_size=2, max_size=20), FINITE, FINITE, FINITE)
def test_distance_is_a_share_that_grows_with_the_change(some: list[float], value: float, a: float, b: float) -> None:
    lever = a_lever(value, some)
    low, middle, high = sorted((value, a, b))
    assert 0.0 <= lever.distance(a) <= 1.0
    if value == low:
        assert lever.distance(middle) <= lever.distance(high) + 1e-12
    if value == high:
        assert lever.distance(middle) <= lever.distance(low) + 1e-12


def test_distance_counts_what_lies_between_and_a_missing_value_is_farthest() -> None:
    lever = a_lever(0.0, [0.0, 1.0, 2.0, 3.0, 100.0])
    assert [lever.distance(each) for each in (0.0, 1.0, 1.5, 3.0, 51.5, 100.0, 1e6)] == pytest.approx(
        [0, 0.25, 0.375, 0.75, 0.875, 1, 1]
    )
    assert a_lever(math.nan, [0.0, 1.0]).distance(0.0) == 1.0


def test_protected_features_are_no_levers_even_where_only_one_model_protects_them() -> None:
    models = {
        "a": a_model("a", [Feature("age", protected=True), "income"]),
        "b": a_model("b", ["age", "debt"]),
    }
    found = levers(models, {"a": (30.0, 0.5), "b": (30.0, 0.1)})
    assert [each.name for each in found] == ["income", "debt"]


def test_one_value_that_two_models_read_is_one_lever_within_both_their_ranges() -> None:
    models = {
        "a": a_model("a", [Feature("income", minimum=0.2)]),
        "b": a_model("b", ["debt", Feature("income", maximum=0.6, integer=False)]),
    }
    inputs = {"a": (0.5,), "b": (0.1, 0.5)}
    income, debt = levers(models, inputs)
    assert (income.name, income.models, debt.name) == ("income", ("a", "b"), "debt")
    assert (min(income.candidates), max(income.candidates)) == (0.2, 0.6)
    assert moved(inputs, income, 0.3) == {"a": (0.3,), "b": (0.1, 0.3)}
    assert inputs == {"a": (0.5,), "b": (0.1, 0.5)}


def test_two_values_of_one_name_are_two_levers_told_apart_by_their_models() -> None:
    models = {"a": a_model("a", ["pay_day"]), "b": a_model("b", ["pay_day"])}
    assert [each.name for each in levers(models, {"a": (0.5,), "b": (0.4,)})] == ["pay day (a)", "pay day (b)"]


def test_a_feature_of_which_nothing_plausible_is_known_is_no_lever() -> None:
    model = a_model("a", [Feature("x", minimum=5.0), "y"], [(1.0, 1.0), (math.nan, 2.0)])
    assert [each.name for each in levers({"a": model}, {"a": (6.0, 1.5)})] == ["y"]


HOUSING = Feature("housing", required=False, categories=("own", "rent", "with family"))


def test_of_a_category_every_other_one_is_tried_and_never_a_fraction_of_one() -> None:
    (lever,) = levers({"m": a_model("m", [HOUSING], [(0.0,), (2.0,)])}, {"m": (1.0,)})
    assert lever.candidates == (0.0, 2.0)
    assert [lever.said(each) for each in (lever.value, *lever.candidates)] == ["rent", "own", "with family"]
    assert [lever.distance(each) for each in (1.0, 0.0, 2.0)] == [0.0, 1.0, 1.0]


def test_of_a_missing_category_all_are_tried_each_a_whole_change() -> None:
    (lever,) = levers({"m": a_model("m", [HOUSING], [(0.0,)])}, {"m": (math.nan,)})
    assert lever.candidates == (0.0, 1.0, 2.0)
    assert {lever.distance(each) for each in lever.candidates} == {1.0}
    assert lever.said(lever.value) is None


def test_of_very_many_categories_those_that_occur_are_tried() -> None:
    place = Feature("place", categories=tuple(f"p{index}" for index in range(STEPS + 1)))
    (lever,) = levers({"m": a_model("m", [place], [(7.0,), (3.0,), (90.0,)])}, {"m": (7.0,)})
    assert lever.candidates == (3.0, 90.0)


def test_models_that_code_a_feature_in_another_order_do_not_read_one_thing() -> None:
    other = Feature("housing", categories=("rent", "own", "with family"))
    models = {"m": a_model("m", [HOUSING], [(0.0,)]), "n": a_model("n", [other], [(0.0,)])}
    found = levers(models, {"m": (0.0,), "n": (1.0,)})
    assert [(lever.name, lever.places) for lever in found] == [
        ("housing (m)", (("m", 0),)),
        ("housing (n)", (("n", 0),)),
    ]
