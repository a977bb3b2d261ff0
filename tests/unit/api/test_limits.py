"""Token buckets and places."""

import pytest

from api.limits import AtMost, RateLimit, RateLimited
from scoring.errors import Overloaded


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_client_may_ask_in_a_burst_and_then_at_the_rate() -> None:
    time = Time()
    limit = RateLimit(4, now=time)
    for _ in range(4):
        limit.take("a")
    with pytest.raises(RateLimited) as caught:
        limit.take("a")
    assert caught.value.retry_after == 1
    time.now = 0.25
    limit.take("a")
    with pytest.raises(RateLimited):
        limit.take("a")


def test_a_rest_saves_no_more_than_one_burst() -> None:
    time = Time()
    limit = RateLimit(2, now=time)
    limit.take("a")
    time.now = 1e6
    limit.take("a")
    limit.take("a")
    with pytest.raises(RateLimited):
        limit.take("a")


def test_the_wait_is_told_in_whole_seconds_and_is_long_enough() -> None:
    time = Time()
    limit = RateLimit(0.3, now=time)
    limit.take("a")
    with pytest.raises(RateLimited) as caught:
        limit.take("a")
    time.now += caught.value.retry_after
    limit.take("a")


def test_only_so_many_clients_are_remembered() -> None:
    limit = RateLimit(1, clients=2, now=Time())
    for client in ("a", "b", "c", "a"):
        limit.take(client)
    with pytest.raises(RateLimited):
        limit.take("c")


def test_a_place_is_given_back_even_after_an_error() -> None:
    places = AtMost(1)
    with pytest.raises(ZeroDivisionError), places:
        raise ZeroDivisionError
    with places, pytest.raises(Overloaded), places:
        pass
    with places:
        pass


def test_what_is_within_another_takes_its_places_too_and_gives_both_back() -> None:
    every = AtMost(2)
    heavy = AtMost(1, within=every)
    with heavy:
        with pytest.raises(Overloaded), heavy:
            pass
        with every, pytest.raises(Overloaded), every:
            pass
    with every, every:
        for _ in range(2):
            with pytest.raises(Overloaded), heavy:
                pass
    with heavy, every:
        pass
