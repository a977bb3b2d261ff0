from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.features import Feature, FeatureSchema
from scoring.reasons import Attribution, Explanation, Part, explain
from scoring.scale import ScoreScale

SCALE = ScoreScale()


def part(
    model: str, base: float, contributions: list[float], weight: float = 1.0, protected: frozenset[int] = frozenset()
) -> Part:
    schema = FeatureSchema(tuple(Feature(f"f{i}", protected=i in protected) for i in range(len(contributions))))
    row = tuple(float(i) for i in range(len(contributions)))
    return Part(model, weight, schema, row, Attribution(base, tuple(contributions), "by hand", "nobody"))


def total(explanation: Explanation) -> float:
    points = sum(each.points for each in explanation.contributions)
    return explanation.base_points + points + explanation.protected_points + explanation.adjustment_points


values = st.lists(st.floats(-2, 2), min_size=1, max_size=8)


@given(values, values, st.floats(0.05, 0.95), st.floats(-4, 0))
def test_base_and_contributions_of_all_models_add_up_to_the_score(
    one: list[float], other: list[float], weight: float, base: float
) -> None:
    parts = [part("a", base, one, weight, frozenset({0})), part("b", base, other, 1 - weight)]
    log_odds = sum(p.weight * (p.attribution.base + sum(p.attribution.contributions)) for p in parts)
    explanation = explain(parts, SCALE, SCALE.score(log_odds))
    assert total(explanation) == pytest.approx(explanation.score, abs=1e-9)
    if 300 < SCALE.points(log_odds) < 850:
        assert abs(explanation.adjustment_points) <= 0.0501


def test_what_took_most_points_away_comes_first_and_at_most_four_are_told() -> None:
    reasons = explain([part("a", -2, [0.1, 0.5, -0.3, 0.2, 0.4, 0.3])], SCALE, 600).reason_codes
    assert [each.code for each in reasons] == ["a.f1", "a.f4", "a.f5", "a.f3"]
    assert {each.direction for each in reasons} == {"lowers the score"}


def test_a_protected_feature_is_never_a_reason_and_never_leaves_the_sum() -> None:
    explanation = explain([part("a", -2, [1.0, 0.1], protected=frozenset({0}))], SCALE, 600)
    assert [each.feature for each in explanation.reason_codes] == ["f1"]
    assert [each.feature for each in explanation.contributions] == ["f1"]
    assert explanation.protected_points == pytest.approx(-SCALE.points_per_log_odds)


def test_an_applicant_without_a_flaw_is_told_the_weakest_strength_as_what_it_is() -> None:
    reasons = explain([part("a", -2, [-0.5, -0.1])], SCALE, 700).reason_codes
    assert [(each.feature, each.direction) for each in reasons] == [("f1", "raises the score")]


def test_an_explanation_survives_being_stored_as_plain_values() -> None:
    explanation = explain([part("a", -2, [0.5, -0.1])], SCALE, 600)
    assert Explanation.from_dict(asdict(explanation)) == explanation
