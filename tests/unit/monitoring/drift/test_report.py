from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
    roc_auc_score,
)

from evaluation.arrays import Floats
from monitoring.drift.columns import Both, Categories, Column, Numbers
from monitoring.drift.expected import expected_auc, expected_performance
from monitoring.drift.options import Options
from monitoring.drift.performance import ModelDrift, model_drift
from monitoring.drift.predictions import prediction_drift
from monitoring.drift.report import DriftReport, Side, drift

OPTIONS = Options(threshold=0.3)


@dataclass
class Drawn:
    """Customers of a known process: columns, calibrated PDs, outcomes."""

    columns: dict[str, Column]
    pds: Floats
    outcomes: Floats


def draw(generator: np.random.Generator, n: int, shift: float = 0.0) -> Drawn:
    x, counts = generator.normal(shift, 1, (n, 5)), generator.poisson(1.2, n).astype(float)
    pds = 1 / (1 + np.exp(2.3 - 0.8 * x[:, 0] - 0.6 * x[:, 1] - 0.4 * counts))
    outcomes = (generator.random(n) < pds).astype(float)
    x[generator.random((n, 5)) < 0.03] = np.nan
    kinds = generator.choice(list("abcde"), n, p=[0.5, 0.3, 0.15, 0.04, 0.01]).astype(object)
    columns: dict[str, Column] = {f"x{i}": Numbers(x[:, i]) for i in range(5)}
    return Drawn({**columns, "counts": Numbers(counts), "kind": Categories(kinds)}, pds, outcomes)


def report(reference: Drawn, current: Drawn, options: Options = OPTIONS) -> DriftReport:
    both = {name: Both(reference.columns[name], current.columns[name]) for name in reference.columns}
    before, now = (Side(len(each.pds), each.pds, each.outcomes) for each in (reference, current))
    return drift(both, before, now, options)


def model(reference: Drawn, current: Drawn) -> ModelDrift:
    return model_drift((reference.outcomes, reference.pds), (current.outcomes, current.pds), OPTIONS)


def test_without_drift_each_family_raises_few_false_alarms() -> None:
    generator, draws = np.random.default_rng(20), 40
    found = [report(draw(generator, 500), draw(generator, 400)) for _ in range(draws)]
    most = stats.binom.ppf(0.999, draws, 0.05)
    assert sum(any(each.changed for each in one.features) for one in found) <= most
    assert sum(one.prediction is not None and one.prediction.changed for one in found) <= most
    assert sum(one.model is not None and one.model.verdict == "drift" for one in found) <= 1.5 * most
    assert sum(one.verdict == "none" for one in found) >= draws / 2


def test_people_who_changed_are_found_in_features_and_predictions_with_what_to_do() -> None:
    generator = np.random.default_rng(21)
    found = report(draw(generator, 2_000), draw(generator, 1_500, shift=0.7))
    assert (found.verdict, found.severity) == ("drift", "high")
    actions = {each.about: each.action for each in found.findings if each.verdict == "drift"}
    assert actions["x0"] == "look at the source"
    assert actions["predictions"] == "review the cut-off"
    assert found.model
    assert not found.model.ranking_worse, "the model is as good as before of other people"


def test_outcomes_of_granted_loans_alone_do_not_make_a_good_model_look_worn_out() -> None:
    generator, verdicts = np.random.default_rng(24), []
    for _ in range(3):
        before, now = draw(generator, 3_000), draw(generator, 3_000)
        now.outcomes[now.pds >= 0.12] = np.nan
        found = report(before, now)
        assert found.model
        assert found.model.n_reference == pytest.approx((before.pds < 0.12).sum(), rel=0.02)
        assert any("only loans that were granted" in each for each in found.notes)
        verdicts.append(found.model.ranking_worse)
        assert model(before, now).ranking_worse, "held against everybody it does"
    assert not any(verdicts)


def test_a_model_that_no_longer_ranks_granted_loans_is_still_found() -> None:
    generator = np.random.default_rng(25)
    before, now = draw(generator, 3_000), draw(generator, 3_000)
    now.outcomes[:] = generator.permutation(now.outcomes)
    now.outcomes[now.pds >= 0.3] = np.nan
    found = report(before, now).model
    assert found
    assert found.ranking_worse


def test_metrics_are_scikit_learns_on_both_sides() -> None:
    generator = np.random.default_rng(22)
    before, now = draw(generator, 900), draw(generator, 700)
    found = model(before, now).metrics
    for side, values in (("reference", before), ("current", now)):
        y, pds, said = values.outcomes, values.pds, values.pds >= OPTIONS.threshold
        wanted = {
            "auc_roc": roc_auc_score(y, pds),
            "gini": 2 * roc_auc_score(y, pds) - 1,
            "brier": brier_score_loss(y, pds),
            "log_loss": log_loss(y, pds),
            "accuracy": accuracy_score(y, said),
            "precision": precision_score(y, said),
            "recall": recall_score(y, said),
            "f1": f1_score(y, said),
        }
        for name, value in wanted.items():
            assert getattr(found[name], side).value == pytest.approx(value, abs=1e-9), name


def test_a_model_that_ranks_worse_has_drifted_and_is_to_be_trained_again() -> None:
    generator = np.random.default_rng(23)
    before, now = draw(generator, 3_000), draw(generator, 3_000)
    now.outcomes = (generator.random(3_000) < now.outcomes.mean()).astype(float)
    found = report(before, now)
    assert found.model
    assert (found.model.verdict, found.model.severity, found.model.ranking_worse) == ("drift", "high", True)
    area = found.model.metrics["auc_roc"]
    assert area.worse_by == pytest.approx((area.reference.value - area.current.value) / area.reference.value)
    assert area.drifted
    assert "retrain" in {each.action for each in found.findings if each.about == "model"}


def test_a_model_whose_level_moved_is_to_be_calibrated_again() -> None:
    generator = np.random.default_rng(24)
    before, now = draw(generator, 3_000), draw(generator, 3_000)
    odds = 2 * now.pds / (1 - now.pds)
    now.outcomes = (generator.random(3_000) < odds / (1 + odds)).astype(float)
    found = report(before, now)
    assert found.model
    assert found.model.outcomes
    assert found.model.outcomes.calibration_moved
    assert not found.model.ranking_worse
    assert "recalibrate" in {each.action for each in found.findings if each.about == "model"}


def test_worse_by_more_than_five_per_cent_of_few_outcomes_is_told_and_not_called_drift() -> None:
    generator = np.random.default_rng(25)
    before = draw(generator, 3_000)
    for _ in range(20):
        now = draw(generator, 120)
        found = report(before, now)
        assert found.model
        unsure = [each for each in found.model.metrics.values() if each.beyond_tolerance and not each.beyond_chance]
        if unsure and found.model.verdict == "none":
            break
    told = [each for each in found.findings if each.action == "collect"]
    assert told
    assert "not beyond chance" in told[0].says
    assert told[0].verdict == "none"


def test_outcomes_that_are_not_known_are_left_out_and_too_few_are_no_verdict() -> None:
    generator = np.random.default_rng(26)
    before, now = draw(generator, 500), draw(generator, 500)
    now.outcomes[10:] = np.nan
    found = model(before, now)
    assert (found.verdict, found.n_current, found.metrics) == (None, 10, {})
    assert found.unsaid
    assert "too few outcomes on the current side" in found.unsaid


def test_more_refusals_are_drift_of_the_approval_rate() -> None:
    generator = np.random.default_rng(27)
    reference = generator.beta(2, 8, 2_000)
    found = prediction_drift(reference, np.minimum(reference + 0.1, 1), OPTIONS)
    assert (found.verdict, found.approval_verdict) == ("drift", "drift")
    assert found.approval_rate_change.high < 0
    assert found.mean_pd_change
    assert found.mean_pd_change.value == pytest.approx(0.1, abs=1e-3)
    assert prediction_drift(reference, reference[:19], OPTIONS).verdict is None


def test_the_expected_area_is_that_of_all_pairs() -> None:
    pds = np.array([0.1, 0.4, 0.4, 0.9, 0.05, 0.0])
    weights = total = 0.0
    for i, risky in enumerate(pds):
        for j, safe in enumerate(pds):
            if i != j:
                total += risky * (1 - safe)
                weights += risky * (1 - safe) * ((risky > safe) + (risky == safe) / 2)
    assert expected_auc(pds) == pytest.approx(weights / total, abs=1e-12)
    assert expected_auc(np.zeros(30)) is None


def test_what_is_expected_of_calibrated_pds_holds_what_happens() -> None:
    generator, draws = np.random.default_rng(28), 40
    held = dict.fromkeys(("auc_roc", "brier", "accuracy", "default_rate"), 0)
    for _ in range(draws):
        now = draw(generator, 800, shift=0.5)
        expected = expected_performance(now.pds, None, OPTIONS).metrics
        happened = {
            "auc_roc": roc_auc_score(now.outcomes, now.pds),
            "brier": brier_score_loss(now.outcomes, now.pds),
            "accuracy": accuracy_score(now.outcomes, now.pds >= OPTIONS.threshold),
            "default_rate": now.outcomes.mean(),
        }
        for name, value in happened.items():
            held[name] += expected[name].low <= value <= expected[name].high
    least = stats.binom.ppf(0.001, draws, 0.95)
    assert min(held.values()) >= least, held


def test_a_vanished_column_is_drift_and_a_new_one_is_to_be_watched() -> None:
    column = Numbers(np.arange(100.0))
    both = {"x": Both(column, column), "gone": Both(column, None), "new": Both(None, column)}
    found = drift(both, Side(100), Side(100), OPTIONS)
    assert {each.about: each.verdict for each in found.findings} == {"gone": "drift", "new": "watch"}
    assert found.verdict == "drift"


def test_nothing_that_can_be_judged_is_no_verdict_and_no_drift_is_one() -> None:
    few, many = Numbers(np.arange(5.0)), Numbers(np.arange(100.0))
    assert drift({"x": Both(few, few)}, Side(5), Side(5), OPTIONS).verdict is None
    found = drift({"x": Both(many, many)}, Side(100), Side(100), OPTIONS)
    assert (found.verdict, found.findings) == ("none", ())
    assert "No drift beyond chance" in found.summary
