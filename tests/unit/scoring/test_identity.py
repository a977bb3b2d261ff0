from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import InvalidRequest
from scoring.identity import Clock, customer_id_of, moment, prediction_id, stamp

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_time_that_stands_still_or_steps_back_still_goes_forward() -> None:
    readings = iter([NOON, NOON, NOON - timedelta(minutes=5), NOON + timedelta(seconds=1)])
    clock = Clock(lambda: next(readings))
    times = [clock.now() for _ in range(4)]
    assert times == sorted(set(times))
    assert times[3] == NOON + timedelta(seconds=1)


def test_a_prediction_comes_after_the_customers_last_one_even_if_that_clock_was_ahead() -> None:
    ahead = stamp(NOON + timedelta(minutes=2))
    assert stamp(Clock(lambda: NOON).now(after=ahead)) > ahead


def test_a_time_that_must_be_passed_is_passed_however_far_ahead_it_is() -> None:
    clock, erased_at = Clock(lambda: NOON), stamp(NOON + timedelta(days=400))
    first = clock.now(beyond=erased_at)
    assert stamp(first) > erased_at
    assert clock.now(after=stamp(first), beyond=erased_at) > first
    assert clock.now() < NOON + timedelta(seconds=1)
    assert clock.now(beyond=stamp(NOON - timedelta(days=1))) < NOON + timedelta(seconds=1)


@pytest.mark.parametrize("wrong", ["2099-01-01T00:00:00Z", "yesterday", "2026-01-02T13:00:00", ""])
def test_a_wrong_date_in_the_table_moves_no_clock(wrong: str) -> None:
    assert Clock(lambda: NOON).now(after=wrong) == NOON


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_stamps_sort_as_their_times_do_and_lose_nothing(one: datetime, other: datetime) -> None:
    assert (stamp(one) < stamp(other)) == (one < other)
    assert moment(stamp(one)) == one


def test_prediction_ids_sort_by_time_and_never_repeat() -> None:
    ids = [prediction_id(NOON + timedelta(milliseconds=i)) for i in range(100)]
    assert ids == sorted(ids)
    assert len({prediction_id(NOON) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("odd", ["a#b", "../x", "Ünïcode", "a b", "'; --", "😀" * 256])
def test_an_odd_id_is_taken_as_it_is(odd: str) -> None:
    assert customer_id_of(odd) == odd


@pytest.mark.parametrize("wrong", [None, "", 7, True, [], "x" * 257, "a\x00b", "a\nb", "\ud800", "\x7f"])
def test_an_unusable_id_is_refused_by_name(wrong: object) -> None:
    with pytest.raises(InvalidRequest) as caught:
        customer_id_of(wrong, "requests[3].customer_id")
    assert caught.value.errors[0].field == "requests[3].customer_id"
