"""Many customers in one request."""

from typing import Any

import pytest

from scoring.features import Row
from tests.api.desk import X6, Desk, new


def test_a_bad_item_has_a_problem_with_its_index_and_spoils_no_other(desk: Desk) -> None:
    response = desk.batch(
        {"requests": [new("A"), {"customer_id": "B"}, 7, new("D", features={"xgboost": [1]}), new("E")]}
    )
    assert response.status_code == 200
    results = response.json["results"]
    assert ["prediction_id" in each for each in results] == [True, False, False, False, True]
    assert [each.get("index") for each in results] == [None, 1, 2, 3, None]
    assert [each["status"] for each in results[1:4]] == [422, 422, 422]
    assert results[1]["errors"] == [{"field": "features", "message": "is missing"}]
    assert results[3]["errors"][0]["field"] == "features.xgboost"
    assert results[1]["instance"] == response.headers["X-Request-ID"]


def test_the_rows_of_a_batch_are_scored_together(desk: Desk) -> None:
    desk.batch({"requests": [new(f"C{i}") for i in range(50)]})
    assert [len(each) for each in desk.xgboost.batches] == [50]


def test_a_model_that_fails_spoils_only_its_own_items(desk: Desk) -> None:
    def only_small(row: Row) -> float:
        return float("nan") if row[0] > 1 else -1.0

    desk.xgboost._score = only_small
    results = desk.batch({"requests": [new("A"), new("B", features={"xgboost": [9.0, *X6[1:]]})]}).json["results"]
    assert "score" in results[0]
    assert (results[1]["status"], results[1]["index"]) == (503, 1)


@pytest.mark.parametrize(
    "body", [{}, {"requests": None}, {"requests": {}}, {"requests": [{}] * 1001}, {"requests": [], "more": 1}]
)
def test_what_is_not_a_list_of_up_to_1000_requests_is_refused_as_a_whole(desk: Desk, body: Any) -> None:
    assert desk.batch(body).status_code == 422


def test_a_thousand_items_are_taken_and_none_is_enough(desk: Desk) -> None:
    assert len(desk.batch({"requests": [{}] * 1000}).json["results"]) == 1000
    assert desk.batch({"requests": []}).json == {"results": []}


def test_a_retried_batch_gives_the_stored_answers_and_scores_only_what_is_missing(desk: Desk) -> None:
    first, second, third = new("A"), new("B"), new("C")
    once = desk.batch({"requests": [first, second]}, Idempotency_Key="k").json["results"]
    again = desk.batch({"requests": [first, second, third]}, Idempotency_Key="k").json["results"]
    assert again[:2] == once
    assert [len(each) for each in desk.xgboost.batches] == [2, 1]
    assert len(desk.table.records) == 3


def test_a_retried_batch_with_another_item_refuses_that_item(desk: Desk) -> None:
    desk.batch({"requests": [new("A"), new("B")]}, Idempotency_Key="k")
    results = desk.batch({"requests": [new("A"), new("X")]}, Idempotency_Key="k").json["results"]
    assert "score" in results[0]
    assert results[1]["type"] == "urn:problem-type:credit-api:key-reused"


def test_a_key_means_another_thing_in_a_batch_than_alone(desk: Desk) -> None:
    desk.predict(new("A"), Idempotency_Key="k#0")
    results = desk.batch({"requests": [new("B")]}, Idempotency_Key="k").json["results"]
    assert results[0]["customer_id"] == "B"
