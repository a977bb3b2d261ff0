import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.scale import LOG_ODDS_LIMIT, PD_FLOOR, ScoreScale, log_odds_of, pd_of

SCALE = ScoreScale()
usual = st.floats(-13, 13)


def test_600_points_are_odds_of_15_to_1_and_50_points_double_them() -> None:
    assert SCALE.score(log_odds_of(1 / 16)) == 600.0
    assert SCALE.score(log_odds_of(1 / 31)) == 650.0
    assert SCALE.score(math.log(2 / 15)) == 550.0


@given(usual)
def test_pd_and_log_odds_are_inverses(log_odds: float) -> None:
    assert log_odds_of(pd_of(log_odds)) == pytest.approx(log_odds, abs=1e-7)


@given(st.floats(300, 850))
def test_points_and_log_odds_are_inverses_on_the_scale(points: float) -> None:
    assert SCALE.points(SCALE.log_odds(points)) == pytest.approx(points, abs=1e-9)


@given(usual, usual)
def test_more_risk_is_never_more_points(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert SCALE.score(high) <= SCALE.score(low)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_score_never_leaves_the_scale(log_odds: float) -> None:
    assert 300 <= SCALE.score(log_odds) <= 850
    assert 0 < pd_of(log_odds) < 1


@pytest.mark.parametrize("wrong", [-0.001, 1.001, math.nan, math.inf])
def test_what_is_no_probability_has_no_log_odds(wrong: float) -> None:
    assert math.isnan(log_odds_of(wrong))


def test_certainty_is_held_to_one_in_a_million() -> None:
    assert log_odds_of(1.0) == pytest.approx(LOG_ODDS_LIMIT, abs=1e-6)
    assert pd_of(log_odds_of(0.0)) == pytest.approx(PD_FLOOR)
