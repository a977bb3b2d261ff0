"""What weighs in a model: importance with its interval, direction, categories."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr

from explanation.lab.shapley import explain
from explanation.lab.summary import ranks, spearman, weights
from scoring.features import Feature
from tests.fakes import explained as fakes

NAMES = [Feature("up"), Feature("down"), Feature("bent"), Feature("kind", categories=("a", "b", "c"))]


def test_features_come_by_importance_with_direction_and_categories() -> None:
    rows = fakes.customers(200, 4, 0)
    rows[:, 3] = np.random.default_rng(1).integers(0, 3, 200)
    model = fakes.served(
        lambda x: np.asarray(3 * x[:, 0] - x[:, 1] + 0.4 * x[:, 2] ** 2 + 2 * (x[:, 3] == 1)), rows[:50], NAMES
    )
    found = weights(model.features, rows, explain(model, rows, 5_000, 0))
    assert [each.feature for each in found] == ["up", "kind", "down", "bent"]
    told = {each.feature: each for each in found}
    assert told["up"].direction == "higher values raise the PD"
    assert told["down"].direction == "higher values lower the PD"
    assert told["bent"].direction == "no one direction"
    assert told["kind"].direction == "by category"
    assert told["up"].rank_correlation == pytest.approx(1.0)
    categories = told["kind"].categories
    assert categories is not None
    assert categories["b"] > 1 > 0 > categories["a"] == pytest.approx(categories["c"])
    assert all(each.importance.low < each.importance.value < each.importance.high for each in found)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=40))
def test_rank_correlation_is_scipys(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs, dtype=np.float64).T
    np.testing.assert_array_equal(ranks(first), rankdata(first) - 1)
    found = spearman(first, second)
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr(first, second).statistic, abs=1e-9)
