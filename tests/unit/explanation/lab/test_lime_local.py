"""LIME: repeatable, in log-odds, with an honest figure of its stability."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explanation.lab.arrays import Floats
from explanation.lab.lime_local import lime, stability
from explanation.lab.served import Served
from scoring.features import Feature
from tests.fakes import explained as fakes

KIND = Feature("kind", categories=("a", "b"))
FEATURES = [Feature("x"), Feature("y", required=False), Feature("z", integer=True), KIND]


def a_model(gaps: float = 0.1) -> Served:
    background = fakes.customers(80, 4, 0)
    background[np.random.default_rng(1).random(80) < gaps, 1] = np.nan
    background[:, 2] = np.round(3 * background[:, 2])
    background[:, 3] = np.random.default_rng(2).integers(0, 2, 80)

    def function(rows: Floats) -> Floats:
        assert (rows[:, 2] == np.round(rows[:, 2])).all()
        assert np.isin(rows[:, 3], (0.0, 1.0)).all()
        return np.asarray(2 * rows[:, 0] + 0.1 * np.nan_to_num(rows[:, 1]) + 1.5 * rows[:, 3])

    return fakes.served(function, background, FEATURES)


def test_the_same_seed_gives_the_same_and_another_another() -> None:
    row = np.array([1.0, 0.2, 2.0, 1.0])
    first, again, other = (lime(a_model(), row, 500, 2, seed).local for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.weights, again.weights)
    assert (first.intercept, first.fit, first.rules) == (again.intercept, again.fit, again.rules)
    assert not np.array_equal(first.weights, other.weights)


def test_intercept_and_weights_are_the_local_prediction_near_the_output() -> None:
    model, row = a_model(), np.array([1.0, 0.2, 2.0, 1.0])
    local = lime(model, row, 2_000, 2, 0).local
    assert local.intercept + local.weights.sum() == pytest.approx(local.prediction, abs=1e-9)
    assert 0.5 < local.fit <= 1.0
    assert local.weights[0] > 1.0  # the upper quartile of x against the rest
    assert local.weights[3] == pytest.approx(1.5, abs=0.3)
    assert local.rules[3] == "kind=b"


def test_a_value_that_is_missing_stays_missing_and_has_no_weight() -> None:
    local = lime(a_model(), np.array([1.0, np.nan, 2.0, 1.0]), 500, 2, 0).local
    assert local.weights[1] == 0
    assert local.rules[1] is None


@given(st.lists(st.lists(st.floats(-5, 5), min_size=6, max_size=6), min_size=2, max_size=4))
def test_the_stability_lies_between_nothing_alike_and_all_alike(runs: list[list[float]]) -> None:
    found = stability([np.array(each) for each in runs])
    assert 0 <= found.overlap <= 1
    assert found.rank_correlation is None or -1 - 1e-9 <= found.rank_correlation <= 1 + 1e-9


def test_equal_runs_are_wholly_stable_and_an_order_turned_round_is_not() -> None:
    weights = np.array([3.0, -2.0, 1.0, 0.5])
    same, turned = stability([weights, weights]), stability([weights, -weights])
    assert same.overlap == 1.0
    assert same.rank_correlation == pytest.approx(1.0)
    assert turned.rank_correlation == pytest.approx(-1.0)


def test_a_model_that_is_pure_noise_is_told_to_be_unstable() -> None:
    def noise(rows: Floats) -> Floats:
        return np.asarray(np.sin(1e6 * rows.sum(axis=1)))

    model = fakes.served(noise, fakes.customers(80, 8, 0))
    found = lime(model, fakes.customers(1, 8, 1)[0], 300, 4, 0)
    assert found.stability.overlap < 0.9
    assert found.local.fit < 0.2
