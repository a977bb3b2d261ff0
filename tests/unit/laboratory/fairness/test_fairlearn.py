"""The figures are fairlearn's where fairlearn's mean something."""

import numpy as np
import pytest
from fairlearn import metrics as referee
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_score

from laboratory.fairness.attributes import Attribute
from laboratory.fairness.report import Evidence, report

PERSON = st.tuples(st.sampled_from("abc"), st.integers(0, 1), st.integers(0, 1))
PEOPLE = st.lists(PERSON, min_size=1, max_size=80)
FEW = settings(max_examples=12)
"""fairlearn takes some milliseconds for each rate of each group."""
FIGURES = {
    "demographic_parity_difference": referee.demographic_parity_difference,
    "demographic_parity_ratio": referee.demographic_parity_ratio,
    "equal_opportunity_difference": referee.equal_opportunity_difference,
    "equalized_odds_difference": referee.equalized_odds_difference,
    "false_positive_rate_difference": referee.false_positive_rate_difference,
}
RATES = {
    "selection_rate": referee.selection_rate,
    "true_positive_rate": referee.true_positive_rate,
    "false_positive_rate": referee.false_positive_rate,
    "predictive_value": precision_score,
}


def columns(people: list[tuple[str, int, int]]) -> tuple[list[str], np.ndarray, np.ndarray]:
    groups, selected, good = zip(*people, strict=True)
    return list(groups), np.array(selected, dtype=float), np.array(good, dtype=float)


def whole(people: list[tuple[str, int, int]]) -> bool:
    """Whether every group has each kind of person that a rate is about: only then is nothing made up."""
    return all({(s, g) for name, s, g in people if name == group} >= {(1, 0), (1, 1), (0, 1)} for group, _, _ in people)


@FEW
@given(PEOPLE.map(lambda people: [*people, *[(g, *x) for g in "ab" for x in ((1, 0), (1, 1), (0, 1), (0, 0))]]))
def test_measures_and_rates_are_fairlearns_to_the_ninth_digit(people: list[tuple[str, int, int]]) -> None:
    people = [each for each in people if each[0] != "c" or whole([one for one in people if one[0] == "c"])]
    groups, selected, good = columns(people)
    found = report(Attribute.of("x", groups), Evidence(selected, good), 0.95, seed=1)
    for name, figure in FIGURES.items():
        wanted = figure(good, selected, sensitive_features=groups)
        assert found[name]["value"] == pytest.approx(wanted, abs=1e-9), name
    for group in found["groups"]:
        rows = np.array(groups) == group["group"]
        assert group["n"] == rows.sum()
        for name, metric in RATES.items():
            assert group[name]["value"] == pytest.approx(metric(good[rows], selected[rows]), abs=1e-9), name


@FEW
@given(PEOPLE)
def test_a_rate_about_nobody_is_absent_and_not_0(people: list[tuple[str, int, int]]) -> None:
    groups, selected, good = columns(people)
    found = report(Attribute.of("x", groups), Evidence(selected, good), 0.95, seed=1)
    for group in found["groups"]:
        rows = np.array(groups) == group["group"]
        assert ("true_positive_rate" in group) == bool(good[rows].any())
        assert ("false_positive_rate" in group) == bool((good[rows] == 0).any())
        assert ("predictive_value" in group) == bool(selected[rows].any())
        assert group["not_said"].keys() == set(RATES) - group.keys()


@FEW
@given(PEOPLE)
def test_every_measure_is_said_within_its_interval_or_has_a_reason(people: list[tuple[str, int, int]]) -> None:
    groups, selected, good = columns(people)
    found = report(Attribute.of("x", groups), Evidence(selected, good), 0.95, seed=1)
    for name in (*FIGURES, "disparate_impact", "statistical_parity_difference", "predictive_parity_difference"):
        assert (found[name] is None) == (name in found["not_said"]), name
        if found[name] is not None:
            assert found[name]["low"] - 1e-9 <= found[name]["value"] <= found[name]["high"] + 1e-9, name


@FEW
@given(PEOPLE, st.permutations("abc"), st.randoms())
def test_neither_names_of_groups_nor_the_order_of_rows_change_a_measure(
    people: list[tuple[str, int, int]], names: list[str], random: object
) -> None:
    mixed = [(dict(zip("abc", names, strict=True))[group], selected, good) for group, selected, good in people]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    first, second = (
        report(Attribute.of("x", groups), Evidence(selected, good), 0.95, seed=1)
        for groups, selected, good in (columns(people), columns(mixed))
    )
    for name in FIGURES:
        values = [each[name] and each[name]["value"] for each in (first, second)]
        assert values[0] == pytest.approx(values[1], abs=1e-12), name
    assert first["not_said"].keys() == second["not_said"].keys()


@FEW
@given(PEOPLE)
def test_without_labels_only_what_needs_none_is_said(people: list[tuple[str, int, int]]) -> None:
    groups, selected, good = columns(people)
    blind = report(Attribute.of("x", groups), Evidence(selected), 0.95, seed=1)
    seeing = report(Attribute.of("x", groups), Evidence(selected, good), 0.95, seed=1)
    for name in ("demographic_parity_difference", "demographic_parity_ratio", "disparate_impact"):
        assert (blind[name] and blind[name]["value"]) == (seeing[name] and seeing[name]["value"])
    for name in ("equal_opportunity_difference", "equalized_odds_difference", "predictive_parity_difference"):
        assert blind[name] is None
        assert blind["not_said"][name] == "it needs labels"
