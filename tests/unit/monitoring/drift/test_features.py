from typing import Any

import numpy as np
import pytest

from monitoring.drift.characteristics import FeatureDrift, characteristics
from monitoring.drift.columns import read_both
from monitoring.drift.options import Options
from scoring.errors import InvalidRequest


def judged(reference: list[Any], current: list[Any], **options: Any) -> FeatureDrift:
    both = read_both([{"x": each} for each in reference], [{"x": each} for each in current])
    return characteristics(both, Options(**options))[0]


def errors(reference: object, current: object) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        read_both(reference, current)
    return {each.field: each.message for each in caught.value.errors}


def numbers(n: int, mean: float = 0.0, seed: int = 1) -> list[float]:
    return [float(each) for each in np.random.default_rng(seed).normal(mean, 1, n)]


def test_numbers_that_moved_have_drifted_and_the_direction_is_told() -> None:
    found = judged(numbers(800), numbers(500, 1.0, seed=2))
    assert (found.verdict, found.severity, found.direction) == ("drift", "high", "up")
    assert found.tests["kolmogorov_smirnov"].significant
    assert found.csi
    assert found.csi.fixed == "drift"


def test_a_small_change_of_many_rows_is_watched_and_not_called_drift() -> None:
    found = judged(numbers(20_000), numbers(20_000, 0.08, seed=2))
    assert found.tests["kolmogorov_smirnov"].p_value < 1e-4
    assert (found.verdict, found.severity) == ("watch", "low")


def test_values_that_go_missing_are_a_change_even_when_the_others_stay() -> None:
    same = numbers(2_000)
    found = judged(same, [None if i % 3 == 0 else each for i, each in enumerate(same)])
    assert found.tests["missing"].significant
    assert not found.tests["kolmogorov_smirnov"].significant
    assert found.verdict == "drift"
    assert found.missing_current == pytest.approx(667 / 2_000)


def test_a_feature_that_is_all_missing_now_has_drifted() -> None:
    found = judged(numbers(100), [None] * 100)
    assert (found.verdict, found.severity, found.missing_current) == ("drift", "high", 1.0)
    assert found.current
    assert found.current.mean is None


def test_constants_are_a_finding_of_nothing() -> None:
    found = judged([3] * 100, [3] * 80)
    assert (found.verdict, found.changed, found.direction) == ("none", False, "same")


def test_a_new_category_is_named() -> None:
    found = judged(["a"] * 200 + ["c"] * 50, ["a"] * 150 + ["b"] * 90)
    assert (found.kind, found.verdict, found.new, found.vanished) == ("category", "drift", ("b",), ("c",))
    assert "chi_squared" in found.tests


def test_true_and_false_are_categories() -> None:
    found = judged([True, False] * 100, [True] * 150 + [False] * 50)
    assert (found.kind, found.verdict) == ("category", "drift")


def test_text_that_names_every_row_is_not_judged() -> None:
    found = judged([f"CUS{i}" for i in range(200)], [f"CUS{i}" for i in range(200, 400)])
    assert found.verdict is None
    assert found.unsaid
    assert "looks like an id" in found.unsaid


def test_many_rare_categories_are_judged_together() -> None:
    generator = np.random.default_rng(3)
    draw = [[f"k{each}" for each in generator.geometric(0.1, n)] for n in (2_000, 1_500)]
    found = judged(*draw)
    assert found.verdict == "none"
    assert found.tests["chi_squared"].merged > 2


@pytest.mark.parametrize("n", [1, 19])
def test_too_few_rows_are_not_judged_and_the_tests_are_still_shown(n: int) -> None:
    found = judged(numbers(500), numbers(n, 9.0))
    assert (found.verdict, found.changed) == (None, False)
    assert found.unsaid
    assert f"{n} now" in found.unsaid
    assert "kolmogorov_smirnov" in found.tests


def test_many_features_without_drift_raise_no_alarm_because_they_are_many() -> None:
    generator = np.random.default_rng(5)
    rows = [
        [{f"x{i}": float(each) for i, each in enumerate(row)} for row in generator.normal(size=(300, 60))] for _ in "ab"
    ]
    for correction in ("benjamini-hochberg", "holm"):
        found = characteristics(read_both(*rows), Options(correction=correction))
        assert sum(test.p_value < 0.05 for each in found for test in each.tests.values()) >= 2
        assert not any(each.changed for each in found)


def test_misshapen_rows_are_refused_by_name() -> None:
    good = [{"x": 1.0}]
    assert errors(None, []) == {"reference": "is missing", "current": "must hold at least one row"}
    assert errors("abc", good) == {"reference": "must be a list of objects"}
    assert errors([7], good) == {"reference[0]": "must be an object of named values"}
    assert errors(good, [{"y": 1}]) == {"current": "has no column in common with reference"}
    assert errors([{}], good) == {"reference": "has rows without a single column"}
    assert errors(good, [{"x": 1}, {"x": "1"}]) == {"current[1].x": "must be a number, as in reference[0].x"}
    assert errors([{"x": "a"}], [{"x": True}]) == {"current[0].x": "must be text, as in reference[0].x"}
    assert errors([{"x": [1]}], good) == {"reference[0].x": "must be a number, text, true, false or null"}
    assert errors(good, [{"x": 10**400}]) == {"current[0].x": "is outside the range of numbers that can be compared"}
    assert errors(good, [{"x": float("nan")}]) == {
        "current[0].x": "is outside the range of numbers that can be compared"
    }
    wide = [{f"x{i}": 1 for i in range(2_001)}]
    assert errors(wide, wide)["reference"] == "must have at most 2,000 columns, not 2,001"


def test_too_many_rows_are_refused() -> None:
    rows = [{"x": 1}] * 100_001
    assert errors(rows, rows[:1]) == {"reference": "must hold at most 100,000 rows, not 100,001"}
