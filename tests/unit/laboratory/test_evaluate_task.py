import numpy as np
import pytest
from sklearn import metrics as referee

from evaluation.figures import METRICS
from laboratory.plan import CostWeights
from tests.fakes.evaluated import customers, evaluated


def test_every_contracted_figure_is_a_number_at_the_top_level() -> None:
    labels, pd = customers()
    found = evaluated(labels=labels, probabilities=pd, threshold=0.3)
    expected = np.array(pd) >= 0.3
    assert found["accuracy"] == pytest.approx(referee.accuracy_score(labels, expected), abs=1e-9)
    assert found["auc_roc"] == pytest.approx(referee.roc_auc_score(labels, pd), abs=1e-9)
    assert found["average_precision"] == pytest.approx(referee.average_precision_score(labels, pd), abs=1e-9)
    assert all(isinstance(found[name], float) for name in METRICS)
    assert found["intervals"].keys() == set(METRICS)
    assert (found["not_said"], found["threshold"], found["threshold_from"]) == ({}, 0.3, "request")
    assert sum(found["confusion"].values()) == 400
    assert found["k_fold"]["scores"].keys() == set(METRICS)
    assert len(found["k_fold"]["scores"]["auc_roc"]["folds"]) == 5
    assert found["errors"]["high_confidence"]["n"] + found["errors"]["low_confidence"]["n"] == 400
    assert len(found["deciles"]) == 10
    assert found["calibration"]["slope"] == pytest.approx(1, abs=0.3)


def test_without_a_threshold_the_cheapest_one_is_chosen() -> None:
    labels, pd = customers()
    found = evaluated(labels=labels, probabilities=pd, cost={"false_negative": 5})
    assert found["threshold"] == found["business_cost"]["best_threshold"]
    assert found["threshold_from"] == "lowest cost on these rows"
    assert found["cost"] == found["business_cost"]["lowest_cost"] == found["business_cost"]["cost"]
    assert found["cost_weights"] == {"false_negative": 5.0, "false_positive": 1.0}
    cost = evaluated(labels=labels, probabilities=pd, cost={"false_negative": 5}, threshold=0.4)
    assert cost["cost"] >= found["cost"]
    assert found["business_cost"]["approve_all"] == 5 * sum(labels)


def test_curves_are_thin_enough_to_be_sent() -> None:
    labels, pd = customers(3000)
    curves = evaluated(labels=labels, probabilities=pd)["curves"]
    for name in ("roc", "precision_recall", "gain", "approval", "cost"):
        assert 50 < len(curves[name]["threshold"]) <= 200, name
    assert len(curves["reliability"]) == 10


def test_of_predictions_alone_only_what_they_can_say_is_said() -> None:
    labels, pd = customers()
    expected = [int(each >= 0.3) for each in pd]
    found = evaluated(labels=labels, predictions=expected)
    whole = evaluated(labels=labels, probabilities=pd, threshold=0.3)
    for name in ("accuracy", "precision", "recall", "f1", "specificity", "approval_rate", "cost"):
        assert found[name] == whole[name]
    for name in ("auc_roc", "brier", "rmse", "expected_calibration_error"):
        assert found[name] is None
        assert "only predictions" in found["not_said"][name]
        assert name not in found["intervals"]
        assert name not in found["k_fold"]["scores"]
    assert (found["threshold"], found["threshold_from"]) == (None, None)
    assert "curves" not in found


def test_one_class_is_answered_with_reasons() -> None:
    found = evaluated(labels=[0, 0, 0], probabilities=[0.1, 0.2, 0.9], threshold=0.5)
    assert found["auc_roc"] is None
    assert found["not_said"]["recall"] == "nobody defaulted"
    assert (found["curves"]["roc"], found["curves"]["precision_recall"], found["average_precision"]) == (None,) * 3
    assert found["calibration"]["slope"] is None
    assert found["specificity"] == pytest.approx(2 / 3)


def test_the_cost_weights_of_a_plan_are_the_default() -> None:
    labels, pd = customers(50)
    weights = CostWeights()
    wanted = {"false_negative": weights.false_negative, "false_positive": weights.false_positive}
    assert evaluated(labels=labels, probabilities=pd)["cost_weights"] == wanted
