"""Partial dependence and individual curves."""

from __future__ import annotations

import numpy as np
import pytest

from explanation.lab.dependence import depend, grid
from scoring.features import Feature
from scoring.scale import pd_of
from tests.fakes import explained as fakes

KIND = Feature("kind", categories=("a", "b", "c"))


def test_the_mean_over_the_background_with_the_feature_set() -> None:
    model = fakes.served(fakes.tangled(4, 0), fakes.customers(30, 4, 0))
    found = depend(model, [2], 7)
    assert found.curves.shape == (30, 8)
    for at, value in enumerate(found.grids[0]):
        rows = model.background.copy()
        rows[:, 2] = value
        outputs = model.log_odds(rows)
        np.testing.assert_allclose(found.curves[:, at], outputs)
        assert found.mean[at] == pytest.approx(outputs.mean())
        assert found.mean_pd[at] == pytest.approx(np.mean([pd_of(each) for each in outputs]))


def test_of_two_features_every_pair_of_values_the_second_fastest() -> None:
    features = [Feature("x"), KIND]
    background = np.column_stack([np.linspace(0, 1, 9), np.tile([0.0, 1.0, 2.0], 3)])
    found = depend(fakes.served(lambda rows: rows[:, 0] + 10 * rows[:, 1], background, features), [0, 1], 3)
    np.testing.assert_allclose(found.mean.reshape(3, 3), np.add.outer([0, 0.5, 1], [0, 10, 20]))


def test_where_nothing_interacts_the_centred_curves_are_one() -> None:
    found = depend(fakes.served(fakes.additive(3, 0), fakes.customers(10, 3, 0)), [1], 5)
    low, high = found.spread
    np.testing.assert_allclose(low, found.mean)
    np.testing.assert_allclose(high, found.mean)


def test_a_grid_holds_quantiles_whole_numbers_categories_and_a_gap_where_there_may_be_one() -> None:
    numbers = np.arange(0.0, 101.0)
    np.testing.assert_allclose(grid(Feature("x"), numbers + 0.5, 5), [0.5, 25.5, 50.5, 75.5, 100.5])
    assert (grid(Feature("x"), numbers, 7) % 1 == 0).all()
    np.testing.assert_array_equal(grid(Feature("x", required=False), numbers[:2], 5), [0.0, 1.0, np.nan])
    np.testing.assert_array_equal(grid(KIND, np.array([2.0, 1.0, 1.0, 0.0, 1.0, 2.0]), 2), [1.0, 2.0])
    np.testing.assert_array_equal(grid(Feature("x", required=False), np.array([np.nan]), 5), [np.nan])
