import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from evaluation.discrimination import auc

PAIRS = st.lists(st.tuples(st.booleans(), st.integers(-5, 5)), min_size=2, max_size=60).filter(
    lambda pairs: len({outcome for outcome, _ in pairs}) == 2
)


@given(PAIRS)
def test_the_area_is_scikit_learns_also_with_ties(pairs: list[tuple[bool, float]]) -> None:
    outcomes, predictions = zip(*pairs, strict=True)
    assert auc(outcomes, predictions).value == pytest.approx(roc_auc_score(outcomes, predictions))


@given(PAIRS)
def test_the_interval_holds_the_area_and_stays_in_0_to_1(pairs: list[tuple[bool, float]]) -> None:
    outcomes, predictions = zip(*pairs, strict=True)
    found = auc(outcomes, predictions)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1


def test_delongs_interval_is_that_of_resampled_customers() -> None:
    generator = np.random.default_rng(1)
    outcomes = (generator.random(600) < 0.3).astype(float)
    predictions = np.round(generator.normal(outcomes, 1.2), 1)
    drawn = (generator.integers(0, 600, 600) for _ in range(1500))
    resampled = [roc_auc_score(outcomes[rows], predictions[rows]) for rows in drawn]
    found = auc(outcomes, predictions)
    assert np.allclose([found.low, found.high], np.quantile(resampled, [0.025, 0.975]), atol=0.01)


def test_a_wider_confidence_gives_a_wider_interval() -> None:
    outcomes, predictions = [0, 1, 0, 1, 1, 0], [1, 2, 3, 4, 5, 2]
    assert auc(outcomes, predictions, 0.99).low < auc(outcomes, predictions, 0.8).low


@pytest.mark.parametrize(
    ("outcomes", "predictions", "message"),
    [
        ([1, 1], [0.2, 0.3], "defaults and non-defaults"),
        ([0, 1], [0.2], "one length"),
        ([], [], "one length"),
        ([0, 2], [0.2, 0.3], "0 or 1"),
        ([0, 1], [0.2, float("nan")], "finite"),
    ],
)
def test_what_has_no_area_is_an_error(outcomes: list[int], predictions: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        auc(outcomes, predictions)
