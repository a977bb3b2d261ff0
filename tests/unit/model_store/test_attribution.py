"""Attributions add up, agree with Shapley's formula done by brute force, and are fair in Shapley's sense."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_store.attribution import MOST_ENUMERATED, Attributor, NotAttributable
from model_store.closed_forms import LinearForm, TreesForm
from model_store.onnx_scorer import Rows
from scoring.features import Row
from tests.fakes.attributed import npz, shapley_by_definition, sum_of_trees, trees


def smooth(rows: Rows) -> list[float]:
    """A function in which features interact."""
    return [float(np.sin(np.sum(row)) + np.prod(np.tanh(row[:2])) - 0.3 * row[-1]) for row in np.asarray(rows)]


values = st.floats(-3, 3, width=32)
rows_of_4 = st.tuples(values, values, values, values)
rows_with_holes = st.tuples(*[st.one_of(values, st.just(math.nan))] * 4)


@given(rows_of_4, rows_of_4)
def test_enumeration_is_shapleys_definition(row: Row, reference: Row) -> None:
    found = Attributor(smooth, reference, "zeros")(row)
    assert found.method == "enumeration (exact)"
    assert found.contributions == pytest.approx(shapley_by_definition(smooth, row, reference), abs=1e-9)


@given(rows_of_4, rows_of_4, st.tuples(values, values, values, values))
def test_the_linear_formula_is_enumeration(row: Row, reference: Row, coefficients: Row) -> None:
    def score(rows: Rows) -> list[float]:
        return [float(np.dot(coefficients, each)) + 0.5 for each in np.asarray(rows)]

    form = LinearForm(npz(coefficients=np.array(coefficients), intercept=0.5), np.array(reference))
    found = Attributor(score, reference, "zeros", form)(row)
    assert found.method == "linear (exact)"
    assert found.contributions == pytest.approx(Attributor(score, reference, "zeros")(row).contributions, abs=1e-9)


@settings(max_examples=60)
@given(st.integers(0, 2**32), rows_with_holes, rows_with_holes)
def test_the_formula_for_trees_is_enumeration(seed: int, row: Row, reference: Row) -> None:
    data = trees(seed, features=4)
    score = sum_of_trees(data)
    found = Attributor(score, reference, "zeros", TreesForm(data, np.array(reference)))(row)
    assert found.method == "trees (exact)"
    assert found.contributions == pytest.approx(Attributor(score, reference, "zeros")(row).contributions, abs=1e-9)


@given(st.lists(values, min_size=20, max_size=20))
def test_every_method_adds_up_to_the_last_digits(row: list[float]) -> None:
    reference = (0.25,) * 20
    data = trees(7, features=20, depth=5)
    for attributor in (
        Attributor(smooth, reference, "zeros"),
        Attributor(smooth, (*row[:12], *reference[12:]), "zeros"),
        Attributor(sum_of_trees(data), reference, "zeros", TreesForm(data, np.array(reference))),
    ):
        found = attributor(tuple(row))
        served = attributor._score([tuple(row)])[0]
        assert found.base + math.fsum(found.contributions) == pytest.approx(served, rel=1e-14, abs=1e-14)


@given(rows_of_4, st.sets(st.integers(0, 3)), st.integers(0, 2**32))
def test_a_feature_equal_to_the_reference_gets_nothing(row: Row, equal: set[int], seed: int) -> None:
    reference = tuple(value if i in equal else 0.5 for i, value in enumerate(row))
    data = trees(seed, features=4)
    for attributor in (
        Attributor(smooth, reference, "zeros"),
        Attributor(sum_of_trees(data), reference, "zeros", TreesForm(data, np.array(reference))),
    ):
        assert all(attributor(row).contributions[i] == 0 for i in equal)


@given(st.lists(values, min_size=3, max_size=3), values)
def test_features_that_do_the_same_get_the_same(rest: list[float], value: float) -> None:
    row = (value, value, *rest)
    found = Attributor(lambda rows: [math.tanh(sum(each)) for each in rows], (0.0,) * 5, "zeros")(row)
    assert found.contributions[0] == pytest.approx(found.contributions[1], abs=1e-12)


def test_beyond_a_dozen_differing_features_permutations_come_close_and_repeat() -> None:
    count = MOST_ENUMERATED + 1
    generator = np.random.default_rng(3)
    row, pairs = tuple(generator.normal(size=count).tolist()), generator.normal(size=(count, count))

    def with_pairs(rows: Rows) -> list[float]:
        return [float(each @ pairs @ each) for each in np.asarray(rows)]

    found = Attributor(with_pairs, (0.0,) * count, "zeros")(row)
    assert found.method == "permutations (128, complete)"
    assert found == Attributor(with_pairs, (0.0,) * count, "zeros")(row)
    # With only pairs interacting an order and its reverse are exact together: half of each pair to either feature.
    assert found.contributions == pytest.approx(np.array(row) * ((pairs + pairs.T) @ np.array(row)) / 2, abs=1e-9)


def test_a_formula_that_is_not_the_served_functions_is_not_used() -> None:
    form = LinearForm(npz(coefficients=np.array([1.0, 1.0])), np.zeros(2))
    held = Attributor(lambda rows: [min(sum(each), 3.0) for each in rows], (0.0, 0.0), "zeros", form)
    assert held((1.0, 1.0)).method == "linear (exact)"
    assert held((2.0, 4.0)).method == "enumeration (exact)"
    assert sum(held((2.0, 4.0)).contributions) == pytest.approx(3.0)


def test_contributions_come_in_log_odds_whatever_the_outputs_unit() -> None:
    form = LinearForm(npz(coefficients=np.array([72.0, -72.0])), np.zeros(2))
    found = Attributor(lambda rows: [-(r[0] - r[1]) for r in rows], (0.0, 0.0), "zeros", form, unit=-1 / 72)((1.0, 0.5))
    assert found.method == "linear (exact)"
    assert found.contributions == pytest.approx((-1.0, 0.5))


def test_what_32_bits_left_over_is_shared_by_size() -> None:
    form = LinearForm(npz(coefficients=np.array([3.0, 1.0, 0.0])), np.zeros(3))
    served = Attributor(lambda rows: [3 * r[0] + r[1] + (4e-6 if r[0] else 0) for r in rows], (0.0,) * 3, "zeros", form)
    assert served((1.0, 1.0, 9.0)).contributions == pytest.approx((3 + 3e-6, 1 + 1e-6, 0.0), abs=1e-12)


@pytest.mark.parametrize("bad_at", [0.0, 1.0, 2.0])
def test_a_row_without_a_usable_output_is_not_taken_apart(bad_at: float) -> None:
    def score(rows: Rows) -> list[float]:
        return [math.nan if sum(row) == bad_at else float(sum(row)) for row in rows]

    with pytest.raises(NotAttributable):
        Attributor(score, (0.0, 0.0), "zeros")((1.0, 1.0))
