import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as referee

from evaluation.cost import business_cost
from evaluation.cuts import Curve, approval, average_precision, cheapest, cost, cuts, gain, precision_recall, roc
from laboratory.plan import CostWeights

PAIR = st.tuples(st.booleans(), st.floats(0, 1).map(lambda pd: round(pd, 2)))
ROWS = st.lists(PAIR, min_size=1, max_size=60)
BOTH = ROWS.filter(lambda rows: len({outcome for outcome, _ in rows}) == 2)


def vectors(rows: list[tuple[bool, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([one for one, _ in rows], dtype=float), np.array([pd for _, pd in rows])


@given(BOTH)
def test_the_roc_curve_is_scikit_learns(rows: list[tuple[bool, float]]) -> None:
    outcomes, pd = vectors(rows)
    x, y, at = referee.roc_curve(outcomes, pd, drop_intermediate=False)
    found = roc(cuts(outcomes, pd))
    assert np.allclose(found.x, x, atol=1e-12)
    assert np.allclose(found.y, y, atol=1e-12)
    assert np.allclose(found.threshold[1:], at[1:], atol=0)


@given(BOTH)
def test_precision_recall_and_its_average_are_scikit_learns(rows: list[tuple[bool, float]]) -> None:
    outcomes, pd = vectors(rows)
    precision, recall, at = referee.precision_recall_curve(outcomes, pd)
    found = precision_recall(cuts(outcomes, pd))
    assert np.allclose(found.y[::-1], precision[:-1], atol=1e-12)
    assert np.allclose(found.x[::-1], recall[:-1], atol=1e-12)
    assert np.allclose(found.threshold[::-1], at, atol=0)
    assert average_precision(cuts(outcomes, pd)) == pytest.approx(
        referee.average_precision_score(outcomes, pd), abs=1e-9
    )


@given(ROWS, st.floats(0, 20), st.floats(0, 20))
def test_no_threshold_costs_less_than_the_cheapest(
    rows: list[tuple[bool, float]], false_negative: float, false_positive: float
) -> None:
    outcomes, pd = vectors(rows)
    at, least = cheapest(cuts(outcomes, pd), CostWeights(false_negative, false_positive))
    costs = {
        float(each): business_cost(outcomes, pd < each, false_negative, false_positive) for each in [*pd, 0.0, 0.5, 2.0]
    }
    assert least == pytest.approx(business_cost(outcomes, pd < at, false_negative, false_positive), abs=1e-9)
    assert least <= min(costs.values()) + 1e-9


@given(ROWS)
def test_approval_and_cost_curves_are_what_each_threshold_does(rows: list[tuple[bool, float]]) -> None:
    outcomes, pd = vectors(rows)
    found, weights = cuts(outcomes, pd), CostWeights()
    strategies, costs = approval(found), cost(found, weights)
    for at, rate, defaults in zip(strategies.threshold, strategies.x, strategies.y, strict=True):
        approved = pd < at
        assert (rate, defaults) == pytest.approx((approved.mean(), outcomes[approved].mean()), abs=1e-12)
    for at, rate, price in zip(costs.threshold, costs.x, costs.y, strict=True):
        assert (rate, price) == pytest.approx(((pd < at).mean(), business_cost(outcomes, pd < at)), abs=1e-9)


def test_the_riskiest_fifth_holds_half_of_the_defaults() -> None:
    outcomes, pd = np.array([1, 1, 0, 0, 1, 0, 0, 0, 1, 0]), np.linspace(0.95, 0.05, 10)
    found = gain(cuts(outcomes, pd))
    assert (found.x[2], found.y[2]) == pytest.approx((0.2, 0.5))
    assert (found.x[-1], found.y[-1]) == (1, 1)


def test_refusing_nobody_is_a_threshold_above_every_pd_also_above_1() -> None:
    at, least = cheapest(cuts([0, 0], [0.4, 1.0]), CostWeights())
    assert at > 1
    assert least == 0


def test_of_equally_cheap_thresholds_the_highest_refuses_fewest() -> None:
    at, _ = cheapest(cuts([0, 1, 1, 0], [0.1, 0.3, 0.7, 0.7]), CostWeights(1, 1))
    assert at == pytest.approx(0.3)
    assert cheapest(cuts([0, 1], [0.2, 0.2]), CostWeights(1, 1))[0] == 1.0


def test_without_a_default_there_is_no_average_precision() -> None:
    assert average_precision(cuts([0, 0], [0.1, 0.2])) is None


def test_a_cost_needs_weights() -> None:
    with pytest.raises(ValueError, match="needs weights"):
        cuts([0, 1], [0.1, 0.2]).rate("cost")


@given(st.integers(3, 50))
def test_a_thinned_curve_keeps_its_ends_and_its_corner(most: int) -> None:
    along = np.linspace(0, 1, 500)
    corner = Curve(
        np.linspace(1, 0, 1000), np.concatenate([np.zeros(500), along]), np.concatenate([along, np.ones(500)])
    )
    found = corner.thinned(most)
    assert len(found.x) <= most
    assert (found.x[0], found.y[0], found.x[-1], found.y[-1]) == (0, 0, 1, 1)
    area = float(np.trapezoid(found.y, found.x))
    assert area >= 1 - 2 / (most - 2)
    assert corner.thinned(1000) is corner
