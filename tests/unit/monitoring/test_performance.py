from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from monitoring.observations import observe
from monitoring.performance import Performance, performance
from routing.archive import Filed
from scoring.identity import moment
from scoring.record import ErasedRecord
from tests.fakes.histories import a_portfolio, a_prediction, erased, overridden, seen

ON = date(2026, 11, 22)


def report(filed: list[Filed], on: date = ON) -> Performance:
    return performance(observe(filed, on))


def truth(filed: list[Filed]) -> tuple[list[bool], list[float]]:
    outcomes = [bool((each.events[0].body or {})["defaulted"]) for each in filed]
    return outcomes, [
        0.0 if isinstance(each.record, ErasedRecord) else each.record.probability_of_default for each in filed
    ]


def test_the_figures_of_a_mature_portfolio_are_scikit_learns() -> None:
    filed = a_portfolio(800)
    outcomes, predicted = truth(filed)
    found = report(filed).total
    assert found.ranking
    assert found.calibration
    assert found.ranking.auc.value == pytest.approx(roc_auc_score(outcomes, predicted), abs=1e-9)
    assert found.calibration.brier.value == pytest.approx(brier_score_loss(outcomes, predicted), abs=1e-9)
    assert found.calibration.expected == pytest.approx(np.mean(predicted), abs=1e-9)
    assert found.calibration.observed.value == pytest.approx(np.mean(outcomes), abs=1e-9)
    assert found.unsaid == ()


def test_a_calibrated_portfolio_is_found_calibrated() -> None:
    found = report(a_portfolio(4000)).total.calibration
    assert found
    assert found.observed.low <= found.expected <= found.observed.high
    assert found.slope == pytest.approx(1, abs=0.1)
    assert found.error < 0.03


def test_predictions_are_grouped_by_month_of_scoring_and_by_the_versions_that_answered() -> None:
    filed = [
        a_prediction(at=datetime(2025, 1, 31, 23, tzinfo=UTC)),
        a_prediction(at=datetime(2025, 2, 1, 1, tzinfo=UTC), version="2"),
        a_prediction(at=datetime(2025, 2, 2, tzinfo=UTC), version="2", route="routes.new.challenger"),
    ]
    found = report(filed)
    assert [(each.name, each.predictions) for each in found.by_month] == [("2025-01", 1), ("2025-02", 2)]
    assert [each.name for each in found.by_version] == [
        "routes.new.challenger: xgboost 2",
        "routes.new: xgboost 1",
        "routes.new: xgboost 2",
    ]


def test_too_few_outcomes_are_told_and_nothing_is_computed_from_them() -> None:
    found = report(a_portfolio(20)).total
    assert found.ranking is None
    assert found.calibration is None
    assert [each.split(":")[0] for each in found.unsaid] == ["AUC, Gini, KS", "Brier, calibration"]
    assert all("too few outcomes" in each for each in found.unsaid)


def test_one_class_alone_has_no_auc_however_many_there_are() -> None:
    nobody = [seen(a_prediction(-4 + i / 100), False, date(2026, 5, 1)) for i in range(100)]
    found = report(nobody).total
    assert found.ranking is None
    assert "0 defaults, 100 non-defaults" in found.unsaid[0]
    assert found.calibration
    assert found.calibration.slope is None
    assert found.calibration.observed.high > 0


def test_defaults_of_an_open_window_rank_but_do_not_make_a_default_rate() -> None:
    mature = a_portfolio(400)
    young = [seen(a_prediction(-1, datetime(2026, 10, 1, tzinfo=UTC)), True, date(2026, 11, 1)) for _ in range(100)]
    alone, both = report(mature).total, report(mature + young)
    assert alone.ranking
    assert both.total.ranking
    assert both.total.ranking.n == alone.ranking.n + 100
    assert both.total.calibration == alone.calibration
    assert both.total.cost == alone.cost
    assert any(note.startswith("100 defaults are known before their window ended") for note in both.notes)


def test_a_good_customer_seen_too_early_is_told_and_not_counted() -> None:
    found = report([seen(a_prediction(), False, date(2025, 6, 1))]).total
    assert (found.outcomes, found.early) == (0, 1)


def test_the_cost_is_that_of_the_decisions_in_force() -> None:
    good = seen(a_prediction(-5), False, date(2026, 5, 1))
    bad = seen(a_prediction(-5), True, date(2025, 5, 1))
    waiting = overridden(seen(a_prediction(-5), True, date(2025, 5, 1)), "refer")
    found = report([good, bad, overridden(good, "decline"), overridden(bad, "decline"), waiting]).total.cost
    assert found
    assert (found.n, found.total, found.approved_defaults, found.declined_good) == (4, 11, 1, 1)


def test_overrides_are_counted_by_kind_with_what_became_of_the_approved_ones() -> None:
    declined = [a_prediction(2.0) for _ in range(4)]
    raised = [overridden(seen(each, i == 0, date(2026, 5, 1)), "approve") for i, each in enumerate(declined[:2])]
    found = report([*raised, overridden(declined[2], "refer"), declined[3]]).overrides
    assert (found.predictions, found.overridden) == (4, 3)
    assert found.rate
    assert found.rate.value == 0.75
    assert found.changes == {"decline to approve": 2, "decline to refer": 1}
    assert found.default_rate
    assert (found.outcomes, found.default_rate.value) == (2, 0.5)


def test_the_report_says_that_only_customers_with_a_loan_have_outcomes_and_how_many_are_unreported() -> None:
    filed = [seen(a_prediction(-5), False, date(2026, 5, 1)), a_prediction(-5), a_prediction(2.0)]
    notes = " ".join(report(filed).notes)
    assert "1 of 2 approved, 0 of 0 referred, 0 of 1 declined" in notes
    assert "ended for 3 predictions; an outcome was reported of 1" in notes


def test_erased_predictions_are_told_and_not_measured() -> None:
    found = report([erased(a_prediction()), a_prediction()])
    assert (found.predictions, found.erased) == (1, 1)
    assert any("1 predictions are of erased customers" in note for note in found.notes)


def test_a_report_on_nothing_says_so() -> None:
    found = report([])
    assert found.overrides.rate is None
    assert found.notes == ("No readable prediction lies in this period.",)


def test_the_order_of_the_scan_makes_no_difference() -> None:
    filed = a_portfolio(300)
    assert report(filed).by_version == report(filed[::-1]).by_version


def test_outcomes_seen_after_the_day_of_the_report_still_wait_for_the_window() -> None:
    filed = a_portfolio(200)
    on = moment(filed[0].record.scored_at).date() + timedelta(days=30)
    found = report([replace(each) for each in filed], on).total
    assert found.calibration is None


@given(st.lists(st.tuples(st.integers(0, 700), st.booleans(), st.sampled_from("123")), max_size=40))
def test_months_and_versions_are_two_ways_to_cut_the_same_whole(rows: list[tuple[int, bool, str]]) -> None:
    start = datetime(2024, 12, 20, tzinfo=UTC)
    filed = [
        seen(a_prediction(at=start + timedelta(days=days), version=version), defaulted, date(2026, 11, 1))
        for days, defaulted, version in rows
    ]
    found = report(filed)
    for cut in (found.by_month, found.by_version):
        assert sum(each.predictions for each in cut) == found.total.predictions == len(rows)
        assert sum(each.outcomes for each in cut) == found.total.outcomes
        assert sum(each.defaults for each in cut) == found.total.defaults == sum(bad for _, bad, _ in rows)
        assert sum(each.early for each in cut) == found.total.early == len(rows) - found.total.outcomes
