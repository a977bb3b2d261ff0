from datetime import date

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from evaluation.stability import psi
from monitoring.comparison import Comparison, comparison
from monitoring.observations import observe
from routing.archive import Filed
from scoring.record import Degradation, ScoreRecord
from tests.fakes.histories import a_portfolio, a_prediction, overridden, seen, shadow_failed, shadowed

ON = date(2026, 11, 22)


def report(filed: list[Filed]) -> Comparison:
    return comparison(observe(filed, ON))


def log_odds(filed: Filed) -> float:
    assert isinstance(filed.record, ScoreRecord)
    return filed.record.models[0].log_odds


def test_the_swap_set_counts_who_would_change_sides() -> None:
    approved, declined = -5.0, 2.0
    filed = [
        shadowed(a_prediction(approved), approved),
        shadowed(seen(a_prediction(approved), True, date(2025, 5, 1)), declined),
        shadowed(seen(a_prediction(approved), False, date(2026, 5, 1)), declined),
        shadowed(a_prediction(declined), approved),
        shadowed(a_prediction(declined), declined),
        shadowed(a_prediction(declined), declined),
    ]
    found = report(filed).pairings[0].swap_set
    assert (found.both, found.only_champion, found.only_shadow, found.neither) == (1, 2, 1, 2)
    assert found.lost_default_rate
    assert (found.lost_outcomes, found.lost_default_rate.value) == (2, 0.5)


def test_the_swap_set_compares_what_the_models_say_and_not_what_a_clerk_decided() -> None:
    found = report([shadowed(overridden(a_prediction(-5.0), "decline"), -5.0)]).pairings[0]
    assert found.swap_set.both == 1


def test_a_shadow_that_ranks_worse_is_found_worse_on_the_same_customers() -> None:
    filed = a_portfolio(1500)
    worse = [
        shadowed(each, noise) for each, noise in zip(filed, np.random.default_rng(7).normal(-2, 1, 1500), strict=True)
    ]
    found = report(worse).pairings[0]
    assert found.auc_change
    assert found.auc_change.high < 0
    assert found.auc_change.p_value < 1e-6
    assert found.brier_change
    assert found.brier_change.low > 0
    assert found.champion.auc
    assert found.shadow.auc
    assert found.auc_change.value == pytest.approx(found.shadow.auc.value - found.champion.auc.value, abs=1e-12)
    outcomes = [bool((each.events[0].body or {})["defaulted"]) for each in filed]
    assert found.champion.auc.value == pytest.approx(
        roc_auc_score(outcomes, [log_odds(each) for each in filed]), abs=1e-9
    )


def test_a_shadow_that_says_the_same_differs_in_nothing() -> None:
    found = report([shadowed(each, log_odds(each)) for each in a_portfolio(600)]).pairings[0]
    assert found.psi == pytest.approx(0, abs=1e-12)
    assert found.auc_change
    assert (found.auc_change.value, found.auc_change.p_value) == (0, 1)
    assert found.score_change
    assert found.score_change.value == 0
    assert (found.swap_set.only_champion, found.swap_set.only_shadow) == (0, 0)


def test_champion_and_challenger_are_compared_as_groups() -> None:
    champions = a_portfolio(300, seed=1)
    challengers = [
        a_prediction(log_odds(each) - 1, route="routes.new.challenger", version="2") for each in a_portfolio(100)
    ]
    found = report([*champions, *challengers]).splits[0]
    assert (found.champion.predictions, found.challenger.predictions) == (300, 100)
    assert (found.champion.versions, found.challenger.versions) == (("xgboost 1",), ("xgboost 2",))
    assert found.psi == pytest.approx(psi([e.record.score for e in champions], [e.record.score for e in challengers]))  # type: ignore[union-attr]
    assert found.psi_by_chance
    assert found.psi is not None
    assert found.psi > found.psi_by_chance
    assert found.champion.auc
    assert found.challenger.auc is None
    assert "too few outcomes (0 defaults" in found.challenger.unsaid[0]


def test_too_few_scores_have_no_psi_and_no_change_of_anything() -> None:
    found = report([shadowed(each, -3.0) for each in a_portfolio(20)]).pairings[0]
    assert (found.psi, found.auc_change, found.brier_change, found.score_change) == (None, None, None, None)
    assert [each.split(":")[0] for each in found.unsaid] == ["PSI", "change of AUC, Gini, KS", "change of Brier"]


def test_requests_that_challenger_or_shadow_could_not_score_are_counted() -> None:
    lost = a_prediction(degraded=(Degradation("xgboost@challenger", "out of reach"),))
    found = report([lost, a_prediction(route="routes.new.challenger"), shadow_failed(a_prediction())])
    assert (found.splits[0].failed, found.pairings[0].failed) == (1, 1)
    assert found.pairings[0].champion.predictions == 0


def test_without_challenger_and_shadow_the_report_says_so() -> None:
    found = report(a_portfolio(5))
    assert (found.splits, found.pairings) == ((), ())
    assert found.notes == ("No challenger answered in this period.", "No shadow scored in this period.")
