"""Finding what was predicted."""

from typing import Any

import pytest

from tests.api.desk import Desk, new


def predictions(desk: Desk, count: int, customer_id: str = "C") -> list[dict[str, Any]]:
    """Newest first."""
    return [desk.predict(new(customer_id)).json for _ in range(count)][::-1]


def test_an_unknown_customer_is_not_found(desk: Desk) -> None:
    assert desk.search(customer_id="NOBODY").json == {
        "customer_id": "NOBODY",
        "found": False,
        "latest_prediction": None,
        "history": [],
        "erased": 0,
        "next_cursor": None,
    }


def test_a_customer_who_was_never_scored_is_found_without_a_prediction(desk: Desk) -> None:
    desk.table.customers["OLD"] = {"branch": "Leeds"}
    body = desk.search(customer_id="OLD").json
    assert (body["found"], body["latest_prediction"], body["history"]) == (True, None, [])


def test_get_and_post_find_the_latest_prediction_and_the_history_newest_first(desk: Desk) -> None:
    newest, oldest = predictions(desk, 2)
    by_get = desk.search(customer_id="C")
    by_post = desk.client.post("/api/v1/search", json={"customer_id": "C"})
    assert by_get.json == by_post.json
    latest = by_get.json["latest_prediction"]
    assert latest == {
        "timestamp": newest["timestamp"],
        "credit_score": newest["aggregated_score"],
        "prediction_type": newest["prediction_type"],
        "models_used": ["xgboost"],
        "raw_predictions": [{"model": "xgboost", "score": newest["score"]}],
    }
    history = by_get.json["history"]
    assert [each["prediction_id"] for each in history] == [newest["prediction_id"], oldest["prediction_id"]]
    assert history[0].items() >= latest.items()


def test_a_prediction_that_only_an_older_program_knows_is_in_the_history_without_an_id(desk: Desk) -> None:
    desk.table.customers["C"] = {
        "prediction_timestamp": "2020-01-01T00:00:00Z",
        "credit_score": 700.5,
        "models_used": ["social"],
        "prediction_type": "multi_model_aggregate",
        "raw_predictions": [{"model": "social", "score": 700.5}],
    }
    body = desk.search(customer_id="C").json
    assert body["latest_prediction"]["credit_score"] == 700.5
    assert [(each["credit_score"], each["prediction_id"]) for each in body["history"]] == [(700.5, None)]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_hold_every_prediction_once_whatever_their_size(desk: Desk, limit: int) -> None:
    wanted = [each["prediction_id"] for each in predictions(desk, 7)]
    seen: list[str] = []
    query: dict[str, Any] = {"customer_id": "C", "limit": limit}
    for _ in range(8):
        page = desk.search(**query).json
        assert len(page["history"]) <= limit
        seen += [each["prediction_id"] for each in page["history"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == wanted


def test_a_page_holds_twenty_by_default(desk: Desk) -> None:
    predictions(desk, 21)
    page = desk.search(customer_id="C").json
    assert len(page["history"]) == 20
    assert page["next_cursor"]


def test_since_and_until_narrow_the_history_and_hold_across_pages(desk: Desk) -> None:
    times = [each["timestamp"] for each in predictions(desk, 5)]
    query = {"customer_id": "C", "since": times[3], "until": times[0], "limit": 2}
    page = desk.search(**query).json
    rest = desk.search(**query, cursor=page["next_cursor"]).json
    assert [each["timestamp"] for each in page["history"] + rest["history"]] == times[1:4]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    "since", ["2020-01-01T00:00:00Z", "2020-01-01T05:30:00+05:30", "0001-01-01T00:00:00Z", "2020-01-01T00:00Z"]
)
def test_times_may_be_written_in_any_zone_and_as_early_as_anyone_likes(desk: Desk, since: str) -> None:
    predictions(desk, 1)
    assert len(desk.search(customer_id="C", since=since).json["history"]) == 1


def test_a_cursor_is_good_only_for_the_query_it_came_from(desk: Desk) -> None:
    predictions(desk, 3)
    predictions(desk, 3, "D")
    cursor = desk.search(customer_id="C", limit=1).json["next_cursor"]
    assert desk.search(customer_id="C", limit=2, cursor=cursor).status_code == 200
    assert desk.search(customer_id="D", limit=1, cursor=cursor).status_code == 422
    assert desk.search(customer_id="C", limit=1, cursor=cursor, since="2020-01-01T00:00:00Z").status_code == 422
    for other in (f"{cursor}=", f"{cursor}!", f" {cursor}", cursor[:-1], cursor * 2):
        assert desk.search(customer_id="C", limit=1, cursor=other).status_code == 422
    for i in range(0, len(cursor), 7):
        other = cursor[:i] + ("A" if cursor[i] != "A" else "B") + cursor[i + 1 :]
        assert desk.search(customer_id="C", limit=1, cursor=other).status_code == 422
