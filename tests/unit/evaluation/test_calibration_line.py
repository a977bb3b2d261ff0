import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.calibration import logistic_line
from evaluation.calibration_line import calibration_line


@given(st.integers(0, 2**32 - 1), st.integers(60, 400), st.floats(-2, 1), st.floats(0.3, 2))
def test_the_line_is_that_of_scipys_minimiser(seed: int, n: int, intercept: float, slope: float) -> None:
    generator = np.random.default_rng(seed)
    log_odds = generator.normal(-1, 1, n)
    outcomes = generator.random(n) < 1 / (1 + np.exp(-(intercept + slope * log_odds)))
    if not 5 < outcomes.sum() < n - 5:
        return
    line = calibration_line(outcomes, log_odds)
    referee = logistic_line(outcomes, [log_odds])
    assert line is not None
    assert line == pytest.approx((referee[0], referee[1][0]), abs=1e-4)


@given(st.integers(0, 2**32 - 1))
def test_at_the_line_nothing_is_left_to_gain(seed: int) -> None:
    """The likelihood's gradient, which says the same of any minimiser, is 0 to 1e-9."""
    generator = np.random.default_rng(seed)
    log_odds, outcomes = generator.normal(0, 2, 200), generator.random(200) < 0.3
    line = calibration_line(outcomes, log_odds)
    assert line is not None
    left = outcomes - 1 / (1 + np.exp(-(line[0] + line[1] * log_odds)))
    assert [left.mean(), (left * log_odds).mean()] == pytest.approx([0, 0], abs=1e-9)


@pytest.mark.parametrize(
    ("outcomes", "log_odds"),
    [([0, 1, 0], [1, 1, 1]), ([0, 0, 1, 1], [1, 2, 3, 4]), ([1, 1, 0], [1, 2, 2]), ([0, 0, 1], [1, 2, 2])],
)
def test_classes_that_a_threshold_parts_have_no_line(outcomes: list[int], log_odds: list[float]) -> None:
    assert calibration_line(outcomes, log_odds) is None


def test_one_class_is_an_error() -> None:
    with pytest.raises(ValueError, match="defaults and non-defaults"):
        calibration_line([0, 0], [1, 2])
