from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.stability import psi, psi_by_chance
from monitoring.drift.index import index, index_of_numbers
from monitoring.drift.options import Options

OPTIONS = Options()


def test_the_index_is_that_of_a_calculation_by_hand() -> None:
    found = index(np.array([99, 199]), np.array([149, 149]), ["a", "b"], OPTIONS)
    # raised by a half each: 99.5 and 199.5 of 299, 149.5 and 149.5 of 299
    by_hand = (0.5 - 99.5 / 299) * log(0.5 * 299 / 99.5) + (0.5 - 199.5 / 299) * log(0.5 * 299 / 199.5)
    assert found.value == pytest.approx(by_hand, abs=1e-12)
    assert found.value == pytest.approx(sum(each.psi for each in found.cells), abs=1e-12)
    assert [(each.name, each.reference) for each in found.cells] == [("a", 99 / 298), ("b", 199 / 298)]


def test_of_numbers_it_is_that_of_evaluation() -> None:
    generator = np.random.default_rng(2)
    reference, current = generator.normal(size=3_000), generator.normal(0.3, 1.1, 2_000)
    found = index_of_numbers(reference, current, OPTIONS)
    assert found.value == pytest.approx(psi(reference, current), abs=1e-12)
    assert (found.bins, len(found.cells)) == (10, 10)
    assert found.by_chance_95 == pytest.approx(psi_by_chance(3_000, 2_000), rel=0.005)


def test_missing_values_have_a_bin_of_their_own() -> None:
    reference, current = np.arange(100.0), np.arange(100.0)
    current[:30] = np.nan
    found = index_of_numbers(reference, current, OPTIONS)
    assert found.cells[-1].name == "missing"
    assert (found.cells[-1].reference, found.cells[-1].current) == (0.0, 0.3)
    assert found.adjusted == "drift"


def test_a_constant_that_stays_does_not_drift_and_one_that_moves_does() -> None:
    constant = np.full(100, 5.0)
    same = index_of_numbers(constant, constant[:40], OPTIONS)
    assert (same.value, same.bins, same.fixed, same.adjusted, same.p_value) == (0, 1, "none", "none", 1)
    moved = index_of_numbers(constant, constant[:40] + 1, OPTIONS)
    assert (moved.fixed, moved.adjusted) == ("drift", "drift")


def test_a_value_that_holds_much_has_a_bin_of_its_own() -> None:
    reference = np.array([0.0] * 80 + [1.0] * 10 + [2.0] * 10)
    current = np.array([0.0] * 50 + [1.0] * 40 + [2.0] * 10)
    shares = {each.low: (each.reference, each.current) for each in index_of_numbers(reference, current, OPTIONS).cells}
    assert shares[0.0] == (0.8, 0.5)


def test_nothing_but_missing_values_is_one_bin() -> None:
    nothing = np.full(30, np.nan)
    assert index_of_numbers(nothing, nothing, OPTIONS).value == 0
    assert index_of_numbers(nothing, np.arange(30.0), OPTIONS).fixed == "drift"


def test_few_rows_make_a_large_index_by_chance_and_only_the_fixed_limits_call_it_drift() -> None:
    generator = np.random.default_rng(7)
    found = [index_of_numbers(generator.normal(size=60), generator.normal(size=60), OPTIONS) for _ in range(200)]
    assert np.mean([each.fixed != "none" for each in found]) > 0.8
    assert np.mean([each.adjusted != "none" for each in found]) < 0.1


@pytest.mark.parametrize(("n", "m"), [(300, 300), (2_000, 400), (400, 2_000)])
@pytest.mark.parametrize("kind", ["numbers", "counts", "categories"])
def test_without_drift_it_is_chi_squared_with_one_degree_less_than_bins(n: int, m: int, kind: str) -> None:
    generator = np.random.default_rng(11)
    draws = 400

    def p_value() -> float:
        if kind == "numbers":
            return index_of_numbers(generator.normal(size=n), generator.normal(size=m), OPTIONS).p_value
        if kind == "counts":
            first, second = (generator.poisson(2, size).astype(float) for size in (n, m))
            return index_of_numbers(first, second, OPTIONS).p_value
        shares = [0.4, 0.3, 0.2, 0.1]
        return index(generator.multinomial(n, shares), generator.multinomial(m, shares), list("abcd"), OPTIONS).p_value

    alarms = sum(p_value() < 0.05 for _ in range(draws))
    low, high = stats.binom.ppf([0.001, 0.999], draws, 0.05)
    assert low <= alarms <= high


@given(
    st.lists(st.floats(-1e30, 1e30) | st.just(float("nan")), min_size=1, max_size=60),
    st.lists(st.floats(-1e30, 1e30) | st.just(float("nan")), min_size=1, max_size=60),
)
def test_whatever_the_numbers_it_is_finite_and_not_below_zero(reference: list[float], current: list[float]) -> None:
    found = index_of_numbers(np.array(reference), np.array(current), OPTIONS)
    assert 0 <= found.value < 100
    assert sum(each.reference for each in found.cells) == pytest.approx(1)
    assert sum(each.current for each in found.cells) == pytest.approx(1)
    assert 0 <= found.p_value <= 1
