"""Sums of trees: thresholds that say the same in another comparison, and boxes that say the same as paths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_store.compile.trees import LEAF, Tree, Trees, boxes, just_above

finite = st.floats(-1e30, 1e30, allow_nan=False)


@given(threshold=finite, value=finite, in_float32=st.booleans())
def test_at_most_a_threshold_is_below_the_one_just_above(threshold: float, value: float, in_float32: bool) -> None:
    seen = float(np.float32(value)) if in_float32 else value

    above = just_above(np.array([threshold]), in_float32)[0]

    assert (seen < above) == (seen <= threshold)


@given(threshold=finite)
def test_a_value_on_the_threshold_goes_left(threshold: float) -> None:
    held = float(np.float32(threshold))

    assert held < just_above(np.array([held]), in_float32=True)[0]


def _tree() -> Tree:
    return Tree(
        left=np.array([1, 3, LEAF, LEAF, LEAF]),
        right=np.array([2, 4, 0, 0, 0]),
        feature=np.array([0, 0, 0, 0, 0]),
        threshold=np.array([2.0, 1.0, 0.0, 0.0, 0.0]),
        missing_left=np.array([True, False, False, False, False]),
        value=np.array([0.0, 0.0, 30.0, 10.0, 20.0]),
    )


@pytest.mark.parametrize(("value", "leaf"), [(0.5, 10), (1.0, 20), (1.9, 20), (2.0, 30), (9.0, 30), (np.nan, 20)])
def test_a_row_is_inside_the_box_of_the_leaf_that_it_reaches(value: float, leaf: float) -> None:
    found = boxes(Trees((_tree(),), 0.0, in_float32=False), 2)

    row = np.array([value, 7.0])
    inside = np.where(np.isnan(row), found.missing, (found.low <= row) & (row < found.high)).all(axis=1)
    assert found.value[inside].tolist() == [leaf]


def test_scaling_a_sum_scales_its_leaves_and_moves_its_bias() -> None:
    scaled = Trees((_tree(),), 5.0, in_float32=False).scaled(slope=-2.0, intercept=1.0)

    assert scaled.bias == -9.0
    assert scaled.trees[0].value.tolist() == [0.0, 0.0, -60.0, -20.0, -40.0]


def test_split_points_are_told_by_feature() -> None:
    points = Trees((_tree(), _tree()), 0.0, in_float32=False).split_points(2)

    assert [each.tolist() for each in points] == [[1.0, 2.0], []]
