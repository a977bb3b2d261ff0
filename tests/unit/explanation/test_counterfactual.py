"""What would have changed a decision."""

import math
from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from explanation.counterfactual import MOST_ALTERNATIVES, MOST_CHANGES, Change, Inputs, alternatives
from explanation.levers import levers, moved
from scoring.features import Feature, Row
from tests.fakes.models import FakeModel

NAMES = ("a", "b", "c", "d", "e")


def scores_of(score: Callable[[Row], float]) -> Callable[[Sequence[Inputs]], list[float]]:
    return lambda inputs: [score(each["m"]) for each in inputs]


def found(
    row: Row, score: Callable[[Row], float], needed: float, features: Sequence[str | Feature] = NAMES
) -> list[tuple[dict[str, float], float]]:
    """Each alternative as its changes and its score."""
    inputs = {"m": row}
    moving = levers({"m": FakeModel("m", features, lambda _: 0.0)}, inputs)
    some = alternatives(inputs, moving, scores_of(score), needed)
    return [({change.lever.name: change.value for change in each.changes}, each.score) for each in some]


def test_the_smallest_change_of_each_feature_that_is_enough_the_smallest_first() -> None:
    def score(row: Row) -> float:
        return 100 * row[0] - 50 * row[1] + row[2]

    assert found((0.5, 0.5, 0.5), score, 40.0, ["a", "b", "c"]) == [({"a": 0.65}, 40.5), ({"b": 0.21}, 40.0)]


def test_where_none_alone_is_enough_a_few_together_are_told() -> None:
    assert found((0.0,) * 3, lambda row: sum(row), 1.5, ["a", "b", "c"]) == [({"a": 1.0, "b": 0.5}, 1.5)]
    [(changes, score)] = found((0.0,) * 5, lambda row: sum(row), 2.5)
    assert (sorted(changes.values()), score) == ([0.5, 1.0, 1.0], 2.5)


def test_what_no_three_together_reach_has_no_alternative() -> None:
    assert found((0.0,) * 5, lambda row: sum(row), 3.5) == []
    assert found((0.0,) * 5, lambda _: 1.0, 2.0) == []


def test_a_change_that_turns_out_not_to_be_needed_is_left_out() -> None:
    # Alone, a helps most; b and c together are enough without it.
    def score(row: Row) -> float:
        return 0.9 * row[0] + 0.8 * row[1] + (1.2 if row[1] > 0.5 and row[2] > 0.5 else 0.0)

    [(changes, _)] = found((0.0,) * 3, score, 2.0, ["a", "b", "c"])
    assert "a" not in changes or len(changes) > 1
    rows = [changes.get(name, 0.0) for name in "abc"]
    assert score(tuple(rows)) >= 2.0
    for name in changes:
        assert score(tuple(0.0 if other == name else changes.get(other, 0.0) for other in "abc")) < 2.0


def test_inputs_without_a_score_are_no_alternatives() -> None:
    def score(row: Row) -> float:
        return math.nan if row[0] > 0.5 else row[0] + row[1]

    assert found((0.0, 0.0), score, 0.9, ["a", "b"]) == [({"b": 0.9}, 0.9)]
    assert found((0.0, 0.0), lambda _: math.nan, 0.9, ["a", "b"]) == []


def test_without_levers_there_is_nothing_to_tell() -> None:
    assert found((0.0,), lambda row: row[0], 0.5, [Feature("age", protected=True)]) == []


def _after(inputs: Inputs, changes: Sequence[Change]) -> Inputs:
    for change in changes:
        inputs = moved(inputs, change.lever, change.value)
    return inputs


WEIGHTS = st.lists(st.integers(-40, 40), min_size=5, max_size=5)
ROWS = st.lists(st.integers(0, 100).map(lambda each: each / 100), min_size=5, max_size=5).map(tuple)


@given(WEIGHTS, ROWS, st.integers(-50, 150), st.booleans())
def test_every_alternative_was_scored_is_enough_and_keeps_to_the_rules(
    weights: list[int], row: Row, needed: int, stepped: bool
) -> None:
    def score(values: Row) -> float:
        total = math.fsum(weight * value for weight, value in zip(weights, values, strict=True))
        if stepped:  # neither smooth nor monotone
            return float(10 * (total // 10)) - (30.0 if values[0] > 0.8 and values[4] > 0.8 else 0.0)
        return total

    limited, whole = Feature("b", minimum=0.3, maximum=0.7), Feature("c", integer=True)
    features = [Feature("a"), limited, whole, Feature("d", protected=True), Feature("e")]
    model = FakeModel("m", features, lambda _: 0.0)
    inputs = {"m": row}
    moving = levers({"m": model}, inputs)
    some = alternatives(inputs, moving, scores_of(score), needed)
    if score(row) >= needed:
        return
    assert len(some) <= MOST_ALTERNATIVES
    for each in some:
        changed = _after(inputs, each.changes)
        assert 1 <= len(each.changes) <= MOST_CHANGES
        assert score(changed["m"]) == each.score >= needed
        assert changed["m"][3] == row[3]
        assert len({change.lever.name for change in each.changes}) == len(each.changes)
        for change in each.changes:
            assert change.value != change.lever.value
            assert change.lever.feature.problem(change.value) is None
            assert change.size == change.lever.distance(change.value)
            # No part of a combination can be left out.
            assert score(_after(inputs, [other for other in each.changes if other is not change])["m"]) < needed
    singles = [each for each in some if len(each.changes) == 1]
    assert [each.changes[0].size for each in singles] == sorted(each.changes[0].size for each in singles)
    for each in singles:  # no smaller change of the same feature is enough
        [only] = each.changes
        smaller = [value for value in only.lever.candidates if only.lever.distance(value) < only.size]
        assert all(score(moved(inputs, only.lever, value)["m"]) < needed for value in smaller)
