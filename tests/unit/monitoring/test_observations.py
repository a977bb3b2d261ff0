from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.observations import Observation, months_after, observe
from routing.archive import Filed
from scoring.record import Degradation
from tests.fakes.histories import a_prediction, erased, overridden, seen, shadow_failed, shadowed

ON = date(2026, 11, 22)


def observed(filed: Filed, on: date = ON, months: int = 12) -> Observation:
    return observe([filed], on, months).observations[0]


def test_a_default_counts_at_once() -> None:
    found = observed(seen(a_prediction(), True, date(2025, 4, 1)))
    assert (found.defaulted, found.is_early) == (True, False)


@pytest.mark.parametrize(("day", "defaulted"), [(date(2026, 3, 9), None), (date(2026, 3, 10), False)])
def test_no_default_counts_from_the_end_of_the_outcome_window(day: date, defaulted: bool | None) -> None:
    found = observed(seen(a_prediction(), False, day))
    assert (found.defaulted, found.is_early) == (defaulted, defaulted is None)


@pytest.mark.parametrize(("on", "is_complete"), [(date(2026, 3, 9), False), (date(2026, 3, 10), True)])
def test_a_window_is_complete_from_its_last_day(on: date, is_complete: bool) -> None:
    assert observed(a_prediction(), on).is_complete is is_complete


def test_the_outcome_observed_last_counts() -> None:
    corrected = seen(seen(a_prediction(), True, date(2025, 5, 1)), False, date(2026, 6, 1))
    assert observed(corrected).defaulted is False


def test_the_last_override_is_in_force_and_the_computed_decision_is_kept() -> None:
    found = observed(overridden(overridden(a_prediction(), "decline"), "refer", "a second look"))
    assert (found.decision, found.in_force) == ("approve", "refer")


def test_what_shadows_said_and_where_they_failed_is_kept_apart() -> None:
    found = observed(shadow_failed(shadowed(a_prediction(), -1.0), "routes.new.other"))
    assert [(each.route, each.versions) for each in found.shadows] == [("routes.new.shadow", "xgboost 2")]
    assert found.failed_shadows == ("routes.new.other",)


def test_erased_predictions_are_counted_and_nothing_else() -> None:
    found = observe([erased(seen(a_prediction(), True, date(2025, 4, 1))), a_prediction()], ON)
    assert (len(found.observations), found.erased) == (1, 1)


def test_a_customer_whom_the_challenger_could_not_answer_is_known() -> None:
    failed = a_prediction(degraded=(Degradation("xgboost@challenger", "it is out of reach"),))
    assert observed(failed).in_place_of_challenger
    assert not observed(a_prediction(degraded=(Degradation("social", "it is out of reach"),))).in_place_of_challenger


def test_a_month_without_such_a_day_ends_a_window_on_its_last() -> None:
    assert months_after(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert months_after(date(2025, 10, 31), 4) == date(2026, 2, 28)


@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.integers(0, 600))
def test_months_later_is_that_month_and_never_a_later_day(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day <= day.day


def test_months_of_scoring_are_those_of_utc() -> None:
    assert observed(a_prediction(at=datetime(2025, 3, 31, 23, 59, tzinfo=UTC))).scored_at.startswith("2025-03")
