from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import charts, explained
from tests.fakes.console_answers import EXPLANATION, REASONS, told

points = st.floats(-100, 100)


def an_explanation(values: list[float], protected: float, adjustment: float) -> dict[str, Any]:
    contributions = [{"feature": f"f{i}", "points": value} for i, value in enumerate(values)]
    parts = {"base_points": 600.0, "protected_points": protected, "adjustment_points": adjustment}
    return {**parts, "contributions": contributions}


@given(st.lists(points, min_size=1, max_size=30), points, points)
def test_the_steps_join_and_end_at_the_score(values: list[float], protected: float, adjustment: float) -> None:
    found = explained.steps(an_explanation(values, protected, adjustment))
    first, *between, last = found
    assert first.end == 600
    for before, after in zip([first, *between], between, strict=False):
        assert after.start == before.end
    shown = sum(value for value in (protected, adjustment) if abs(value) >= explained.NEGLIGIBLE)
    assert last.end == pytest.approx(600 + sum(values) + shown)
    assert len({step.label for step in found}) == len(found)


def test_a_feature_of_two_models_says_whose_it_is() -> None:
    both = [{"model": name, "feature": "savings", "value": 1, "points": 2.0} for name in ("a", "b")]
    labels = [step.label for step in explained.steps({**EXPLANATION, "contributions": both})]
    assert labels == ["Compared with", "Savings (a)", "Savings (b)", "Score"]


def test_reasons_are_sentences_with_their_points() -> None:
    assert explained.reasons(REASONS) == ["Late payments (\N{MINUS SIGN}50.0 points)"]
    assert explained.reasons(None) == []


def test_the_explanation_of_a_record_has_the_same_steps() -> None:
    parts = explained.of_person(told())
    assert parts is not None
    assert explained.steps(parts)[-1].end == 570
    assert explained.of_person({"sum": None, "factors": []}) is None


def test_the_waterfall_draws_every_step_with_its_figure() -> None:
    drawn = charts.waterfall(explained.steps(EXPLANATION)).to_dict()
    (rows,) = drawn["datasets"].values()
    assert [row["label"] for row in rows] == ["620.0", "\N{MINUS SIGN}50.0", "+8.5", "578.5"]
    assert [row["colour"] for row in rows] == [charts.TOTAL, charts.LOWERS, charts.RAISES, charts.TOTAL]
