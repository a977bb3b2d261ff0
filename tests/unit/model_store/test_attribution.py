"""Attributions add up, agree with Shapley's formula done by brute force, and are fair in Shapley's sense."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_store.arrays import ArraysError
from model_store.attribution import MOST_ENUMERATED, Attributor, NotAttributable
from model_store.closed_forms import LinearForm, TreesForm
from model_store.onnx_scorer import Rows
from scoring.features import Row

Function = Callable[[Rows], list[float]]


def npz(**arrays: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def shapley_by_definition(score: Function, row: Row, reference: Row) -> list[float]:
    """The mean of what each feature adds over every order in which features can be switched."""
    total = np.zeros(len(row))
    orders = list(permutations(range(len(row))))
    for order in orders:
        mixture = list(reference)
        before = score([tuple(mixture)])[0]
        for feature in order:
            mixture[feature] = row[feature]
            after = score([tuple(mixture)])[0]
            total[feature] += after - before
            before = after
    return list(total / len(orders))


def trees(seed: int, features: int, leaves_of: int = 3, depth: int = 3) -> bytes:
    """Random trees as boxes: each split divides a box in two and sends missing values one way."""
    generator = np.random.default_rng(seed)
    low: list[np.ndarray] = []
    high: list[np.ndarray] = []
    missing: list[np.ndarray] = []
    value: list[float] = []

    def grow(box: tuple[np.ndarray, np.ndarray, np.ndarray], left: int) -> None:
        if not left:
            for each, into in zip(box, (low, high, missing), strict=True):
                into.append(each)
            value.append(generator.normal())
            return
        feature, threshold = generator.integers(features), float(np.float32(generator.normal()))
        missing_left = bool(generator.integers(2))
        for is_left in (True, False):
            side = tuple(each.copy() for each in box)
            bound = side[1] if is_left else side[0]
            bound[feature] = min(bound[feature], threshold) if is_left else max(bound[feature], threshold)
            side[2][feature] &= missing_left == is_left
            grow(side, left - 1)  # type: ignore[arg-type]

    for _ in range(leaves_of):
        grow((np.full(features, -np.inf), np.full(features, np.inf), np.ones(features, np.bool_)), depth)
    return npz(leaf_value=np.array(value), low=np.array(low), high=np.array(high), missing=np.array(missing), bias=0.2)


def sum_of_trees(data: bytes) -> Function:
    """The boxes evaluated one by one, as trees.npz defines them."""
    with np.load(io.BytesIO(data)) as held:
        arrays = dict(held)

    def one(row: Row) -> float:
        total = float(arrays["bias"])
        for value, low, high, missing in zip(
            arrays["leaf_value"], arrays["low"], arrays["high"], arrays["missing"], strict=True
        ):
            inside = [
                m if math.isnan(x) else lo <= x < hi for x, lo, hi, m in zip(row, low, high, missing, strict=True)
            ]
            total += float(value) if all(inside) else 0.0
        return total

    return lambda rows: [one(tuple(row)) for row in np.asarray(rows, np.float64).tolist()]


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


def hostile_pickle() -> bytes:
    class Runs:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
            return exec, ("raise SystemExit('executed')",)

    file = io.BytesIO()
    np.savez(file, coefficients=np.array([Runs()], dtype=object))
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an archive",
        npz(coefficients=np.array([1.0, 2.0]))[:-30],
        npz(other=np.zeros(2)),
        npz(coefficients=np.zeros(3)),
        npz(coefficients=np.zeros(2, np.int64)),
        npz(coefficients=np.array([0.0, np.nan])),
        hostile_pickle(),
    ],
    ids=["empty", "no archive", "truncated", "no such array", "too long", "whole numbers", "NaN", "hostile pickle"],
)
def test_a_file_of_coefficients_that_is_not_one_is_refused(data: bytes) -> None:
    with pytest.raises(ArraysError):
        LinearForm(data, np.zeros(2))


@pytest.mark.parametrize(
    "change",
    [
        {"leaf_value": np.array([np.inf])},
        {"leaf_value": np.zeros((1, 1))},
        {"low": np.zeros((1, 3))},
        {"high": np.zeros((2, 2))},
        {"low": np.zeros((1, 2), np.float32)},
        {"missing": np.zeros((1, 2))},
    ],
)
def test_boxes_that_do_not_fit_are_refused(change: dict[str, np.ndarray]) -> None:
    box = {
        "leaf_value": np.ones(1),
        "low": np.zeros((1, 2)),
        "high": np.ones((1, 2)),
        "missing": np.zeros((1, 2), bool),
    }
    TreesForm(npz(**box), np.zeros(2))
    with pytest.raises(ArraysError):
        TreesForm(npz(**box | change), np.zeros(2))


def test_an_archive_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_store.arrays._MOST_BYTES", 1000)
    file = io.BytesIO()
    np.savez_compressed(file, coefficients=np.zeros(10_000))
    with pytest.raises(ArraysError, match="unpacks to more"):
        LinearForm(file.getvalue(), np.zeros(10_000))
