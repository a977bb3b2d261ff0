import numpy as np
import pytest
from scipy.stats import norm, t

from evaluation.intervals import difference, mean_estimate, wilson


def test_the_interval_of_a_mean_is_students_for_many_rows() -> None:
    values = np.random.default_rng(1).normal(size=5000)
    low, high = t.interval(0.95, 4999, values.mean(), values.std(ddof=1) / np.sqrt(5000))
    found = mean_estimate(values)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


def test_the_p_value_is_that_of_z() -> None:
    assert difference(0.2, 0.01, 0.95).p_value == pytest.approx(2 * norm.sf(2), abs=1e-12)


def test_an_interval_is_held_to_the_range_that_a_difference_can_have() -> None:
    found = difference(0.9, 1.0, 0.95)
    assert (found.low, found.high) == (-1.0, 1.0)


def test_one_row_has_no_interval() -> None:
    with pytest.raises(ValueError, match="at least two rows"):
        mean_estimate([1.0])


@pytest.mark.parametrize(("successes", "n"), [(-1, 3), (4, 3), (0, 0)])
def test_counts_that_cannot_be_are_errors(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="successes"):
        wilson(successes, n)


def test_without_spread_a_difference_is_certain() -> None:
    assert (difference(0.0, 0.0, 0.95).p_value, difference(0.1, 0.0, 0.95).p_value) == (1.0, 0.0)
