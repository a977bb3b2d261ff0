import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from scipy.stats.contingency import relative_risk

from evaluation.fairness import approval_rates, impact_ratio, ratio_of_rates


def people(**counts: tuple[int, int]) -> tuple[list[str], list[bool]]:
    """Groups and decisions of `group=(approved, all)`."""
    groups = [group for group, (_, n) in counts.items() for _ in range(n)]
    return groups, [row < granted for granted, n in counts.values() for row in range(n)]


@given(st.integers(1, 200), st.data())
def test_a_rate_is_scipys_with_wilsons_interval(n: int, data: st.DataObject) -> None:
    granted = data.draw(st.integers(0, n))
    found = approval_rates(*people(a=(granted, n)))["a"]
    referee = binomtest(granted, n).proportion_ci(method="wilson")
    assert (found.n, found.rate) == (n, granted / n)
    assert (found.low, found.high) == pytest.approx((referee.low, referee.high), abs=1e-9)


@given(st.integers(30, 200), st.integers(30, 200), st.data())
def test_the_ratio_is_scipys_relative_risk_with_katzs_interval(n: int, m: int, data: st.DataObject) -> None:
    few, many = data.draw(st.integers(1, n - 1)), data.draw(st.integers(1, m - 1))
    found = impact_ratio(*people(a=(few, n), b=(many, m)))
    (x, of_x), (y, of_y) = {"a": (few, n), "b": (many, m)}[found.least], {"a": (few, n), "b": (many, m)}[found.most]
    referee = relative_risk(x, of_x, y, of_y)
    interval = referee.confidence_interval()
    assert found.value <= 1
    assert (found.value, found.low, found.high) == pytest.approx(
        (referee.relative_risk, interval.low, interval.high), abs=1e-9
    )


def test_a_group_of_which_everybody_counts_is_not_certain_to_stay_so() -> None:
    of_two, of_many = ratio_of_rates(2, 2, 40, 40), ratio_of_rates(2000, 2000, 4000, 4000)
    assert (of_two.value, of_many.value) == (1.0, 1.0)
    assert of_two.low < 0.6 < 1.3 < of_two.high
    assert of_many.low == pytest.approx(1, abs=0.002)
    assert ratio_of_rates(2, 2, 20, 40).low < 1, "two people do not show that their group is preferred"


def test_the_lowest_and_the_highest_of_many_groups_are_compared() -> None:
    found = impact_ratio(*people(a=(50, 100), b=(80, 100), c=(60, 100)))
    assert (found.least, found.most) == ("a", "b")
    assert found.value == pytest.approx(0.625, abs=1e-12)


def test_a_small_group_is_named_and_not_judged() -> None:
    found = impact_ratio(*people(a=(50, 100), b=(50, 100), c=(0, 5)))
    assert (found.value, found.small) == (1.0, ("c",))


def test_a_group_nobody_of_which_was_approved_has_ratio_0_and_an_upper_bound() -> None:
    found = impact_ratio(*people(a=(0, 40), b=(20, 40)))
    assert (found.value, found.low) == (0, 0)
    assert 0 < found.high < 0.8


def test_the_interval_holds_the_true_ratio_in_95_of_100_draws() -> None:
    generator = np.random.default_rng(5)
    held = 0
    for _ in range(500):
        groups = np.repeat(["a", "b"], 400)
        found = impact_ratio(groups, generator.random(800) < np.where(groups == "a", 0.4, 0.6))
        held += found.low <= 0.4 / 0.6 <= found.high
    assert 0.92 < held / 500 < 0.98


@pytest.mark.parametrize(
    ("groups", "approved", "message"),
    [
        (["a"] * 60, [True] * 60, "fewer than two groups"),
        (["a"] * 40 + ["b"] * 5, [True] * 45, "fewer than two groups"),
        (["a"] * 40 + ["b"] * 40, [False] * 80, "nobody was approved"),
        (["a"], [True, False], "one length"),
        ([], [], "one length"),
    ],
)
def test_what_cannot_be_compared_is_an_error(groups: list[str], approved: list[bool], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        impact_ratio(groups, approved)
