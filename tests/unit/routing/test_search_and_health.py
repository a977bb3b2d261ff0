"""Finding scores again, and how everything stands."""

from datetime import UTC, datetime

import pytest

from routing.ports import HistoryQuery
from routing.requests import ScoringRequest
from routing.service import ScoringService
from scoring.identity import Clock
from tests.fakes.house import BOTH, NEW, House
from tests.fakes.routes import ROUTES


def test_a_prediction_is_found_again_newest_first_and_in_pages(house: House) -> None:
    made = [house.predict(**NEW, **BOTH).record.prediction_id for _ in range(5)]
    page = house.service.search(HistoryQuery("C", limit=2))
    assert page.found
    assert page.more
    assert [each.prediction_id for each in page.records] == made[:-3:-1]
    assert page.latest is not None
    assert page.latest.scored_at == page.records[0].scored_at
    last = page.records[-1]
    rest = house.service.search(HistoryQuery("C", limit=10, before=(last.scored_at, last.prediction_id)))
    assert [each.prediction_id for each in rest.records] == made[2::-1]
    assert not rest.more


def test_an_unknown_customer_and_one_never_scored_are_told_apart(house: House) -> None:
    house.know("BANK")
    unknown, never = (house.service.search(HistoryQuery(each, limit=20)) for each in ("NOBODY", "BANK"))
    assert (unknown.found, unknown.latest, list(unknown.records)) == (False, None, [])
    assert (never.found, never.latest, list(never.records)) == (True, None, [])


def test_a_prediction_of_an_older_program_is_found_though_no_history_knows_it(house: House) -> None:
    house.table.customers["OLD"] = {"prediction_timestamp": "2024-01-01T00:00:00Z", "credit_score": 700.0}
    found = house.service.search(HistoryQuery("OLD", limit=20))
    assert found.unrecorded == found.latest is not None


def test_history_keeps_its_order_when_the_clock_steps_back(house: House) -> None:
    times = iter([datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 11, 30, tzinfo=UTC)])
    made = []
    for _ in range(2):  # a new clock each time: another process, on a machine whose time differs
        reading = next(times)
        service = ScoringService(ROUTES, house.models, house.table, house.outbox, Clock(lambda now=reading: now))  # type: ignore[misc]
        made.append(service.predict(ScoringRequest("C", {**NEW, **BOTH})).record.prediction_id)
    found = house.service.search(HistoryQuery("C", limit=5))
    assert [each.prediction_id for each in found.records] == made[::-1]


@pytest.mark.parametrize(
    ("away", "unreadable", "status", "ready"),
    [
        ([], False, "healthy", True),
        (["social"], False, "degraded", False),
        ([], True, "degraded", True),
        (["traditional", "social", "xgboost"], False, "unhealthy", False),
    ],
)
def test_health_says_what_is_out_of_reach(
    house: House, away: list[str], unreadable: bool, status: str, ready: bool
) -> None:
    for name in away:
        house.models.take_away(name)
    house.table.unreadable = unreadable
    health = house.service.health()
    assert (health.status, health.ready, health.table_ok) == (status, ready, not unreadable)
