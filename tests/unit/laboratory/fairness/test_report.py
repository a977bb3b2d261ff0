import numpy as np
import pytest

from evaluation.fairness import impact_ratio
from laboratory.fairness.attributes import Attribute, intersection
from laboratory.fairness.cells import SHARES, cells_of, redrawn
from laboratory.fairness.measures import difference, largest_gap
from laboratory.fairness.report import Evidence, report


def people(**counts: tuple[int, int]) -> tuple[Attribute, Evidence]:
    """Groups and decisions of `group=(selected, all)`."""
    groups = [group for group, (_, n) in counts.items() for _ in range(n)]
    selected = [float(i < some) for some, n in counts.values() for i in range(n)]
    return Attribute.of("x", groups), Evidence(np.array(selected))


def test_disparate_impact_is_the_gates_own_measure() -> None:
    attribute, evidence = people(a=(30, 100), b=(80, 120), c=(50, 90))
    found = report(attribute, evidence, 0.95, seed=0)["disparate_impact"]
    gate = impact_ratio(attribute.labels, evidence.selected == 1)
    assert (found["value"], found["low"], found["high"]) == pytest.approx((gate.value, gate.low, gate.high), abs=1e-12)
    assert (found["group"], found["reference"]) == (gate.least, gate.most)
    assert (found["passes_80_percent"], found["certain"]) == (False, True)


@pytest.mark.parametrize(
    ("few", "n", "passes", "certain"),
    [(79, 100, False, False), (81, 100, True, False), (980, 1000, True, True), (0, 50, False, True)],
)
def test_the_verdict_says_whether_its_interval_agrees(few: int, n: int, passes: bool, certain: bool) -> None:
    found = report(*people(a=(few, n), b=(n, n)), 0.95, seed=0)["disparate_impact"]
    assert (found["passes_80_percent"], found["certain"]) == (passes, certain)


def test_the_reference_is_the_highest_rate_of_a_group_that_is_large_enough() -> None:
    attribute, evidence = people(a=(30, 100), b=(60, 100), tiny=(5, 5))
    found = report(attribute, evidence, 0.95, seed=0)
    assert found["reference_group"] == "b"
    assert found["demographic_parity_difference"]["highest"] == "tiny"
    assert found["without_small_groups"]["demographic_parity_difference"]["value"] == pytest.approx(0.3)
    assert found["warnings"][0].startswith("Groups of fewer than 30 people: tiny (5).")
    assert [each["small"] for each in found["groups"]] == [False, False, True]


def test_a_named_reference_is_what_the_others_are_compared_with() -> None:
    found = report(*people(a=(30, 100), b=(60, 100), c=(45, 100)), 0.95, seed=0, reference="c")
    assert found["reference_group"] == "c"
    a, b, c = found["groups"]
    assert a["statistical_parity_difference"]["value"] == pytest.approx(-0.15)
    assert b["disparate_impact"]["value"] == pytest.approx(60 / 45)
    assert "disparate_impact" not in c
    assert found["disparate_impact"]["value"] == pytest.approx(30 / 45)
    assert abs(found["statistical_parity_difference"]["value"]) == pytest.approx(0.15)


def test_one_group_has_rates_and_nothing_to_be_compared_with() -> None:
    found = report(*people(a=(30, 100)), 0.95, seed=0)
    assert found["groups"][0]["selection_rate"]["value"] == 0.3
    assert found["warnings"] == ["There is one group only: nothing can be compared."]
    for name in ("demographic_parity_difference", "demographic_parity_ratio", "disparate_impact"):
        assert found[name] is None
        assert name in found["not_said"]


def test_where_nobody_is_selected_there_is_no_ratio() -> None:
    found = report(*people(a=(0, 50), b=(0, 60)), 0.95, seed=0)
    assert found["disparate_impact"] is None
    assert found["not_said"]["disparate_impact"] == "nobody of b has the favourable decision"
    assert found["demographic_parity_difference"]["value"] == 0


def test_equal_rates_are_ratio_1_of_two_different_groups() -> None:
    found = report(*people(a=(20, 50), b=(20, 50)), 0.95, seed=0)["demographic_parity_ratio"]
    assert found["value"] == 1
    assert {found["group"], found["reference"]} == {"a", "b"}


def test_newcombes_published_examples_of_differences() -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10."""
    first = difference(56, 70, 48, 80, 0.95)
    assert (first.value, first.low, first.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    second = difference(9, 10, 3, 10, 0.95)
    assert (second.low, second.high) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    third = difference(0, 10, 0, 10, 0.95)
    assert (third.low, third.high) == pytest.approx((-0.2775, 0.2775), abs=5e-5)


def test_redrawn_cells_are_those_of_redrawn_people() -> None:
    generator = np.random.default_rng(4)
    group, selected, good = (generator.integers(0, 2, 200) for _ in range(3))
    cells = cells_of(group, 2, selected.astype(float), good.astype(float))
    drawn = redrawn(cells, 4000, seed=1)
    assert (drawn.sum(axis=2) == cells.sum(axis=1)).all()
    shares = cells / cells.sum(axis=1, keepdims=True)
    assert np.allclose(drawn.mean(axis=0), cells, atol=0.5)
    assert np.allclose(drawn.var(axis=0), cells.sum(axis=1, keepdims=True) * shares * (1 - shares), rtol=0.1)


def test_the_interval_of_a_difference_holds_the_true_one_in_nineteen_of_twenty_draws() -> None:
    generator = np.random.default_rng(8)
    attribute = Attribute.of("x", np.repeat(["a", "b"], 300))
    held = 0
    for seed in range(150):
        selected = (generator.random(600) < np.where(attribute.group == 0, 0.4, 0.6)).astype(float)
        cells = cells_of(attribute.group, 2, selected, None)
        rates, drawn = (SHARES["selection_rate"].rate(each) for each in (cells, redrawn(cells, 500, seed)))
        found = largest_gap(rates, drawn, SHARES["selection_rate"].counts(cells), attribute.names, 0.95)
        assert found is not None
        held += found.low <= 0.2 <= found.high
    assert 0.89 <= held / 150 <= 0.99


def test_of_many_equal_groups_the_extremes_are_seldom_said_to_differ() -> None:
    generator, draws = np.random.default_rng(9), 8
    attribute = Attribute.of("x", np.repeat([f"g{i}" for i in range(10)], 100))
    wrong = dict.fromkeys(
        ("demographic_parity_difference", "statistical_parity_difference", "calibration_gap_difference"), 0
    )
    for seed in range(draws):
        pd = generator.beta(2, 6, 1000)
        defaulted = (generator.random(1000) < pd).astype(float)
        evidence = Evidence((generator.random(1000) < 0.7).astype(float), 1 - defaulted, defaulted, pd)
        found = report(attribute, evidence, 0.95, seed)
        for name in wrong:
            wrong[name] += not found[name]["low"] <= 0 <= found[name]["high"]
    assert max(wrong.values()) <= 1, wrong


def test_the_difference_of_two_handfuls_of_people_is_uncertain() -> None:
    found = report(*people(a=(4, 4), b=(0, 4)), 0.95, seed=0)["demographic_parity_difference"]
    assert found["value"] == 1
    assert found["low"] == pytest.approx(0.307, abs=1e-3)


def test_an_intersection_parts_people_by_all_attributes() -> None:
    sex, age = Attribute.of("sex", ["F", "F", "M", "M"]), Attribute.of("age", ["old", "young", "old", "old"])
    found = intersection([sex, age])
    assert found.name == "sex & age"
    assert found.names == ("sex=F & age=old", "sex=F & age=young", "sex=M & age=old")
    assert found.group.tolist() == [0, 1, 2, 2]
