import numpy as np
import pytest

from evaluation.probability import expected_calibration_error
from laboratory.fairness.attributes import Attribute
from laboratory.fairness.calibration import calibration
from laboratory.fairness.mitigation import mitigation
from laboratory.fairness.report import Evidence


def customers(n: int = 4000) -> tuple[Attribute, np.ndarray, np.ndarray]:
    """Group b's probabilities are a fifth too high."""
    generator = np.random.default_rng(6)
    attribute = Attribute.of("x", np.where(generator.random(n) < 0.5, "a", "b"))
    risk = generator.beta(2, 5, n)
    labels = (generator.random(n) < risk).astype(float)
    return attribute, labels, np.clip(risk + 0.2 * attribute.group, 0, 1)


def evidence(attribute: Attribute, labels: np.ndarray, pd: np.ndarray, threshold: float = 0.4) -> Evidence:
    return Evidence((pd < threshold).astype(float), 1 - labels, labels, pd)


def test_a_group_whose_probabilities_are_too_high_is_seen() -> None:
    attribute, labels, pd = customers()
    found = calibration(attribute, labels, pd, 0.95)
    a, b = found.groups
    assert a is not None
    assert b is not None
    assert a["gap"]["low"] < 0 < a["gap"]["high"]
    assert b["gap"]["value"] == pytest.approx(0.2, abs=0.03)
    assert b["observed_rate"]["value"] == labels[attribute.group == 1].mean()
    mine = attribute.group == 1
    assert b["expected_calibration_error"] == pytest.approx(expected_calibration_error(labels[mine], pd[mine]))
    assert found.difference is not None
    assert (found.difference["lowest"], found.difference["highest"]) == ("a", "b")
    assert found.difference["low"] > 0.1


def test_calibration_says_what_it_needs() -> None:
    attribute, labels, pd = customers(50)
    assert calibration(attribute, None, pd, 0.95).not_said["calibration"] == "it needs labels"
    assert calibration(attribute, labels, None, 0.95).not_said["calibration"] == "it needs probabilities"
    both = calibration(attribute, None, None, 0.95)
    assert both.not_said["calibration"] == "it needs labels and probabilities"
    assert both.groups == [None, None]


def test_one_person_has_a_gap_without_an_interval() -> None:
    found = calibration(Attribute.of("x", ["a", "b"]), np.array([1.0, 0.0]), np.array([0.5, 0.5]), 0.95)
    assert [each and each["gap"] for each in found.groups] == [
        {"value": -0.5, "low": None, "high": None},
        {"value": 0.5, "low": None, "high": None},
    ]


def test_thresholds_by_group_make_selection_rates_equal_and_change_nothing_else() -> None:
    attribute, labels, pd = customers()
    found = mitigation(attribute, evidence(attribute, labels, pd), favorable=0)
    scheme = found["schemes"]["equal_selection_rates"]
    today = found["today"]["selection_rate"]
    for group, rows in zip(scheme["groups"], (attribute.group == 0, attribute.group == 1), strict=True):
        assert group["selection_rate"] == pytest.approx(today, abs=1e-3)
        selected = pd[rows] <= group["threshold"]
        assert group["selection_rate"] == pytest.approx(selected.mean(), abs=1e-12)
        assert group["unfavorable_outcome_rate_of_selected"] == pytest.approx(labels[rows][selected].mean(), abs=1e-12)
    assert scheme["overall"]["selection_rate"] == pytest.approx(today, abs=1e-3)
    assert "unlawful" in found["caution"]


def test_equal_opportunity_makes_true_positive_rates_equal() -> None:
    attribute, labels, pd = customers()
    found = mitigation(attribute, evidence(attribute, labels, pd), favorable=0)
    today = found["today"]["true_positive_rate"]
    rates = [each["true_positive_rate"] for each in found["schemes"]["equal_opportunity"]["groups"]]
    assert rates == pytest.approx([today, today], abs=1e-3)


def test_where_a_prediction_of_1_favours_high_probabilities_are_selected() -> None:
    attribute, labels, pd = customers()
    given = Evidence((pd >= 0.5).astype(float), labels, labels, pd)
    scheme = mitigation(attribute, given, favorable=1)["schemes"]["equal_selection_rates"]
    for group, rows in zip(scheme["groups"], (attribute.group == 0, attribute.group == 1), strict=True):
        assert group["selection_rate"] == pytest.approx((pd[rows] >= group["threshold"]).mean(), abs=1e-12)


def test_mitigation_says_what_it_needs() -> None:
    attribute, _, pd = customers(50)
    selected = (pd < 0.4).astype(float)
    assert mitigation(attribute, Evidence(selected), 0)["not_said"] == {"schemes": "it needs probabilities"}
    blind = mitigation(attribute, Evidence(selected, probability=pd), 0)
    assert blind["not_said"] == {"equal_opportunity": "it needs labels"}
    assert blind["schemes"].keys() == {"equal_selection_rates"}
    bad = mitigation(attribute, Evidence(selected, np.zeros(50), np.ones(50), pd), 0)
    assert bad["not_said"] == {"equal_opportunity": "nobody has the favourable outcome"}


def test_nobody_selected_today_is_nobody_selected_by_group() -> None:
    attribute, labels, pd = customers(100)
    found = mitigation(attribute, evidence(attribute, labels, pd, threshold=0.0), favorable=0)
    groups = found["schemes"]["equal_selection_rates"]["groups"]
    assert [(each["threshold"], each["selection_rate"]) for each in groups] == [(None, 0.0), (None, 0.0)]
    assert groups[0]["unfavorable_outcome_rate_of_selected"] is None
