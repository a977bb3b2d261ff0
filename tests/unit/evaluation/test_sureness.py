import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.confusion import Confusion
from evaluation.sureness import errors_by_confidence

ROWS = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=50)


@given(ROWS, st.floats(0, 1), st.floats(0.5, 1))
def test_every_mistake_is_in_one_of_the_two(rows: list[tuple[bool, float]], threshold: float, bound: float) -> None:
    outcomes, pd = np.array([one for one, _ in rows], dtype=float), np.array([pd for _, pd in rows])
    found = errors_by_confidence(outcomes, pd, threshold, bound)
    whole = Confusion.of(outcomes, pd >= threshold)
    assert found.high.n + found.low.n == len(rows)
    assert found.high.false_negative + found.low.false_negative == whole.false_negative
    assert found.high.false_positive + found.low.false_positive == whole.false_positive
    if whole.false_negative + whole.false_positive:
        assert (found.high.share or 0) + (found.low.share or 0) == pytest.approx(1)


def test_sure_mistakes_are_told_from_unsure_ones() -> None:
    found = errors_by_confidence([1, 0, 0, 1, 0], [0.05, 0.9, 0.6, 0.45, 0.1], threshold=0.5)
    assert (found.high.n, found.high.false_negative, found.high.false_positive) == (3, 1, 1)
    assert (found.low.n, found.low.false_negative, found.low.false_positive) == (2, 1, 1)
    assert found.high.mean_confidence == pytest.approx((0.95 + 0.9) / 2)
    assert found.high.rate is not None
    assert found.high.rate.value == pytest.approx(2 / 3)


def test_no_prediction_has_no_rate_and_no_mistake_no_share() -> None:
    found = errors_by_confidence([0, 1], [0.1, 0.9], threshold=0.5)
    assert (found.low.n, found.low.rate, found.low.share, found.low.mean_confidence) == (0, None, None, None)
    assert (found.high.count, found.high.share) == (0, None)


@pytest.mark.parametrize("bound", [0.4, 1.1])
def test_a_confidence_lies_between_a_half_and_1(bound: float) -> None:
    with pytest.raises(ValueError, match="bound"):
        errors_by_confidence([0, 1], [0.1, 0.9], 0.5, bound)
