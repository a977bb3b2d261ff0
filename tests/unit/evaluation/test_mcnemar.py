import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from evaluation.mcnemar import mcnemar


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=200))
def test_the_p_value_is_scipys_exact_binomial_one(rows: list[tuple[int, int, int]]) -> None:
    outcomes, first, second = np.array(rows).T
    found = mcnemar(outcomes, first, second)
    mine, yours = int(((first == outcomes) & (second != outcomes)).sum()), found.only_second_right
    wanted = binomtest(mine, mine + yours).pvalue if mine + yours else 1.0
    assert found.only_first_right == mine
    assert found.accuracy_difference.p_value == pytest.approx(wanted, abs=1e-9)
    accuracy = (first == outcomes).mean() - (second == outcomes).mean()
    assert found.accuracy_difference.value == pytest.approx(accuracy, abs=1e-12)


def test_agrestis_ratings_of_the_prime_minister() -> None:
    """A. Agresti, Categorical Data Analysis (2002), table 10.1: 1,600 Britons, 150 and 86 changed their minds."""
    first = np.repeat([1, 1, 0, 0], [794, 150, 86, 570])
    second = np.repeat([1, 0, 1, 0], [794, 150, 86, 570])
    found = mcnemar(np.ones(1600), first, second).accuracy_difference
    assert (found.value, found.low, found.high) == pytest.approx((0.04, 0.02125, 0.05875), abs=5e-4)
    assert found.p_value < 0.001


def test_thousands_of_disagreements_do_not_overflow() -> None:
    first = np.repeat([1, 0], [6000, 5800])
    found = mcnemar(np.ones(11_800), first, 1 - first)
    assert found.accuracy_difference.p_value == pytest.approx(binomtest(5800, 11_800).pvalue, abs=1e-9)


def test_a_probability_is_no_expectation() -> None:
    with pytest.raises(ValueError, match="0 or 1"):
        mcnemar([0, 1], [0.2, 0.7], [0, 1])
