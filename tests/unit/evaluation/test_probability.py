import random
from collections.abc import Callable

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import norm, ttest_rel

from evaluation.probability import (
    brier,
    brier_difference,
    brier_interval,
    calibration_bins,
    expected_calibration_error,
    log_loss,
)

Pairs = list[tuple[bool, float]]
PAIRS = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=2, max_size=60).filter(
    lambda pairs: len({outcome for outcome, _ in pairs}) == 2
)


@given(PAIRS)
def test_brier_and_log_loss_are_scikit_learns(pairs: Pairs) -> None:
    outcomes, pd = map(np.array, zip(*pairs, strict=True))
    assert brier(outcomes, pd) == pytest.approx(sklearn.metrics.brier_score_loss(outcomes, pd))
    assert log_loss(outcomes, pd) == pytest.approx(sklearn.metrics.log_loss(outcomes, pd))


@given(PAIRS, st.randoms())
def test_the_difference_of_brier_scores_is_scipys_paired_test(pairs: Pairs, chance: random.Random) -> None:
    outcomes, first = map(np.array, zip(*pairs, strict=True))
    second = np.array([chance.random() for _ in pairs])
    gaps = (first - outcomes) ** 2 - (second - outcomes) ** 2
    assume(gaps.std() > 1e-6)  # of equal gaps scipy gives no statistic
    found = brier_difference(outcomes, first, second)
    statistic = ttest_rel((first - outcomes) ** 2, (second - outcomes) ** 2).statistic
    assert found.value == pytest.approx(brier(outcomes, first) - brier(outcomes, second), abs=1e-9)
    assert found.p_value == pytest.approx(2 * norm.sf(abs(statistic)), abs=1e-9)
    assert found.low <= found.value <= found.high


@given(PAIRS)
def test_the_interval_holds_the_brier_score(pairs: Pairs) -> None:
    outcomes, pd = map(np.array, zip(*pairs, strict=True))
    found = brier_interval(outcomes, pd)
    assert found.value == pytest.approx(brier(outcomes, pd))
    assert found.low <= found.value <= found.high


def test_one_row_is_too_few_for_a_difference() -> None:
    with pytest.raises(ValueError, match="at least two rows"):
        brier_difference([1], [0.5], [0.4])


def test_a_sure_mistake_costs_much_but_not_everything() -> None:
    assert 30 < log_loss([1], [0.0]) < 40


@given(PAIRS, st.randoms())
def test_the_calibration_error_knows_no_order_of_rows(pairs: Pairs, chance: random.Random) -> None:
    errors = []
    for rows in (pairs, chance.sample(pairs, len(pairs))):
        outcomes, pd = zip(*rows, strict=True)
        errors.append(expected_calibration_error(outcomes, pd))
    assert errors[0] == pytest.approx(errors[1])


def test_the_calibration_error_is_the_mean_gap_between_said_and_happened() -> None:
    pd = np.repeat([0.1, 0.3], 50)
    outcomes = np.concatenate([np.arange(50) < 10, np.arange(50) < 15])  # 20% happened where 10% was said; 30% as said
    assert expected_calibration_error(outcomes, pd, bins=2) == pytest.approx(0.05)


@given(PAIRS)
def test_the_bins_are_those_of_the_measures_definition(pairs: Pairs) -> None:
    outcomes, pd = map(np.array, zip(*pairs, strict=True))
    found = calibration_bins(outcomes, pd)
    assert sum(each.n for each in found) == len(pairs)
    assert sum(each.n * each.expected for each in found) == pytest.approx(pd.sum())
    assert sum(each.n * each.observed.value for each in found) == pytest.approx(outcomes.sum())
    assert [each.expected for each in found] == sorted(each.expected for each in found)
    edges = np.quantile(pd, np.linspace(0, 1, 11)[1:-1])
    gaps = np.bincount(np.searchsorted(edges, pd, side="right"), weights=pd - outcomes)
    assert expected_calibration_error(outcomes, pd) == pytest.approx(np.abs(gaps).sum() / len(pd), abs=1e-12)


def test_one_prediction_for_all_is_one_bin() -> None:
    assert expected_calibration_error([0, 0, 0, 1], [0.4] * 4) == pytest.approx(0.15)


@pytest.mark.parametrize("measure", [brier, log_loss, expected_calibration_error])
def test_what_is_no_probability_is_an_error(measure: Callable[..., float]) -> None:
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        measure([0, 1], [0.5, 1.5])
