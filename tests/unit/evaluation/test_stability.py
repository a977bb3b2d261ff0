import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from evaluation.stability import psi, psi_by_chance

SCORES = st.lists(st.integers(300, 850), min_size=1, max_size=80)


def test_the_index_of_a_worked_example_by_hand() -> None:
    expected, actual = np.arange(100), np.concatenate([np.arange(0, 50), np.arange(50)])  # half of the people are gone
    shares_then = np.full(2, 50.5) / 101
    shares_now = np.array([100.5, 0.5]) / 101
    by_hand = float(np.sum((shares_now - shares_then) * np.log(shares_now / shares_then)))
    assert psi(expected, actual, bins=2) == pytest.approx(by_hand, abs=1e-12)


@given(SCORES, SCORES)
def test_the_index_is_never_below_zero_and_zero_for_the_same_people(expected: list[int], actual: list[int]) -> None:
    assert psi(expected, actual) >= 0
    assert psi(expected, expected) == pytest.approx(0, abs=1e-12)


@given(SCORES, SCORES, st.floats(0.1, 10), st.integers(-100, 100))
def test_the_index_knows_no_unit(expected: list[int], actual: list[int], scale: float, shift: int) -> None:
    moved = psi([scale * each + shift for each in expected], [scale * each + shift for each in actual], bins=1)
    assert moved == pytest.approx(psi(expected, actual, bins=1), abs=1e-9)


def test_a_shift_away_from_one_value_that_all_had_is_seen() -> None:
    assert psi([600] * 100, [600] * 100) == pytest.approx(0, abs=1e-12)
    assert psi([600] * 100, [601] * 100) > 0.25
    assert psi([600] * 100, [599] * 100) > 0.25


def test_a_small_drift_of_many_people_is_below_a_tenth_and_a_large_one_above_a_quarter() -> None:
    people = np.random.default_rng(3).normal(650, 50, 20_000)
    assert psi(people, people + 5) < 0.1
    assert psi(people, people + 40) > 0.25


def test_chance_alone_stays_below_its_bound_in_95_of_100_draws() -> None:
    generator = np.random.default_rng(4)
    indices = [psi(generator.normal(size=400), generator.normal(size=300)) for _ in range(400)]
    assert 0.92 < np.mean(np.array(indices) < psi_by_chance(400, 300)) < 0.98


@pytest.mark.parametrize("bins", [4, 10, 20])
def test_the_bound_of_chance_is_scipys_chi_squared_quantile(bins: int) -> None:
    assert psi_by_chance(50, 200, bins) == pytest.approx(0.025 * chi2.ppf(0.95, bins - 1), rel=6e-3)


@pytest.mark.parametrize("bad", [[], [float("nan")], [float("inf")]])
def test_nobody_and_no_number_are_errors(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        psi([1.0, 2.0], bad)
