"""The reports over HTTP."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth import ApiKey
from routing.archive import Filed
from tests.api.desk import MOST_IN_REPORT, Desk, new
from tests.fakes.histories import a_portfolio, a_prediction, shadowed

PATHS = ("/api/v1/reports/performance", "/api/v1/reports/comparison")
PERFORMANCE, COMPARISON = PATHS
HASHES = {scope: sha256(f"key of {scope}".encode()).hexdigest() for scope in ("score", "read")}


def keep(desk: Desk, filed: list[Filed]) -> None:
    for each in filed:
        desk.table.records[each.record.prediction_id] = each.record
        desk.table.events[each.record.prediction_id] = list(each.events)


def get(desk: Desk, path: str, /, **query: Any) -> Any:
    return desk.client.get(path, query_string=query)


def test_performance_tells_figures_with_intervals_and_how_far_they_reach(desk: Desk) -> None:
    keep(desk, a_portfolio(500))
    body = get(desk, PERFORMANCE).json
    assert body["predictions"] == 500
    area = body["total"]["ranking"]["auc"]
    assert area["low"] < area["value"] < area["high"]
    assert {each["name"] for each in body["by_month"]} == {"2025-01", "2025-02", "2025-03"}
    assert any("A customer who got no loan has none" in note for note in body["notes"])


def test_comparison_tells_the_swap_set_of_a_shadow(desk: Desk) -> None:
    keep(desk, [shadowed(each, -5.0) for each in a_portfolio(100)])
    body = get(desk, COMPARISON).json
    assert body["pairings"][0]["shadow"]["route"] == "routes.new.shadow"
    assert body["pairings"][0]["swap_set"]["both"] > 0


def test_what_was_just_scored_and_noted_is_in_the_report(desk: Desk) -> None:
    prediction_id = desk.predict(new()).json["prediction_id"]
    today = datetime.now(UTC).date().isoformat()
    desk.outcomes({"prediction_id": prediction_id, "defaulted": True, "observed_on": today})
    body = get(desk, PERFORMANCE).json
    assert (body["total"]["predictions"], body["total"]["outcomes"], body["total"]["defaults"]) == (1, 1, 1)
    assert body["total"]["ranking"] is None
    assert "too few outcomes (1 defaults, 0 non-defaults known" in body["total"]["unsaid"][0]


@pytest.mark.parametrize("path", PATHS)
def test_a_period_narrows_a_report(path: str, desk: Desk) -> None:
    keep(desk, [a_prediction(at=datetime(2025, month, 2, tzinfo=UTC)) for month in (1, 2, 3)])
    found = get(desk, path, since="2025-02-01T00:00:00Z", until="2025-03-01T00:00:00+00:00")
    assert found.json["predictions"] == 1


def test_the_outcome_window_can_be_asked_for(desk: Desk) -> None:
    keep(desk, a_portfolio(10))
    assert get(desk, PERFORMANCE, maturity_months="24").json["total"]["early"] > 0
    assert get(desk, PERFORMANCE).json["maturity_months"] == 12


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "yesterday"}, "since"),
        ({"until": "2025-01-01"}, "until"),
        ({"since": "2025-02-01T00:00:00Z", "until": "2025-01-01T00:00:00Z"}, "since"),
        ({"maturity_months": "0"}, "maturity_months"),
        ({"maturity_months": "121"}, "maturity_months"),
        ({"maturity_months": "-1"}, "maturity_months"),
        ({"maturity_months": "\u0661\u0662"}, "maturity_months"),
        ({"maturity_months": ""}, "maturity_months"),
        ({"limit": "5"}, "limit"),
        ({"month": "2025-01"}, "month"),
    ],
)
def test_a_wrong_parameter_is_named(path: str, query: dict[str, str], field: str, desk: Desk) -> None:
    response = get(desk, path, **query)
    assert response.status_code == 422
    assert [each["field"] for each in response.json["errors"]] == [field]


@pytest.mark.parametrize("path", PATHS)
def test_more_predictions_than_one_report_may_hold_are_refused_with_what_to_do(path: str, desk: Desk) -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC)
    keep(desk, [a_prediction(at=start + timedelta(seconds=i)) for i in range(MOST_IN_REPORT + 1)])
    response = get(desk, path)
    assert response.status_code == 422
    assert "narrow it with since and until" in response.json["detail"]
    assert get(desk, path, since="2025-01-01T00:00:01Z").status_code == 200


def test_a_second_report_at_once_is_told_to_come_again_and_scoring_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, go_on, usual = threading.Event(), threading.Event(), sys.getswitchinterval()
    whole = desk.table.scan

    def slow(since: str | None = None, until: str | None = None) -> Iterator[Filed]:
        reading.set()
        assert go_on.wait(30)
        yield from whole(since, until)

    monkeypatch.setattr(desk.table, "scan", slow)
    first: list[int] = []
    thread = threading.Thread(target=lambda: first.append(desk.app.test_client().get(PERFORMANCE).status_code))
    thread.start()
    try:
        assert reading.wait(30)
        for path in PATHS:
            refused = get(desk, path)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
            assert refused.json["detail"] == "This process is making a report already."
        assert desk.predict(new()).status_code == 200
        assert sys.getswitchinterval() < usual, "requests get the interpreter sooner while a report is made"
    finally:
        go_on.set()
        thread.join(30)
    assert sys.getswitchinterval() == usual
    assert first == [200]
    assert get(desk, PERFORMANCE).json["predictions"] == 1


@pytest.mark.parametrize("path", PATHS)
def test_a_table_out_of_reach_is_a_503_and_the_next_report_is_made(path: str, desk: Desk) -> None:
    desk.table.unreadable = True
    response = get(desk, path)
    assert (response.status_code, response.json["type"]) == (503, "urn:problem-type:credit-api:table-unavailable")
    desk.table.unreadable = False
    assert get(desk, path).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_reports_need_the_scope_read(path: str) -> None:
    keys = tuple(ApiKey.parse(f"{scope}:{scope}:{digest}") for scope, digest in HASHES.items())
    desk = Desk(keys=keys)
    assert desk.client.get(path).status_code == 401
    assert desk.client.get(path, headers={"X-API-Key": "key of score"}).status_code == 403
    assert desk.client.get(path, headers={"X-API-Key": "key of read"}).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_no_report_names_a_customer(path: str, desk: Desk) -> None:
    keep(desk, [shadowed(a_prediction(customer_id="MRS SECRET"), -3.0) for _ in range(60)])
    assert b"SECRET" not in get(desk, path).data


OPEN = Desk()
KNOWN = st.sampled_from(["since", "until", "maturity_months", "limit"])
VALUES = st.datetimes().map(str) | st.datetimes(timezones=st.timezones()).map(datetime.isoformat) | st.text()


@given(st.sampled_from(PATHS), st.dictionaries(KNOWN | st.text(), VALUES | st.integers().map(str)))
def test_any_query_at_all_is_answered_or_refused_and_never_a_defect(path: str, query: dict[str, str]) -> None:
    assert get(OPEN, path, **query).status_code in (200, 422)
