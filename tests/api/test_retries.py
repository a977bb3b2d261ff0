"""What a retry with an Idempotency-Key gets."""

from typing import Any

import pytest

from tests.api.desk import X6, Desk, new


def test_a_retry_with_the_same_key_gets_the_same_bytes_and_says_so(desk: Desk) -> None:
    first = desk.predict(new(), Idempotency_Key="k")
    again = desk.send(
        b'{"features" : {"xgboost": %s}, "customer_id": "NEW"}' % str(X6).encode(), headers={"Idempotency-Key": "k"}
    )
    assert again.data == first.data
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(desk.table.records) == 1


@pytest.mark.parametrize("change", [{"explain": True}, {"customer_id": "OTHER"}, {"features": {"xgboost": X6[::-1]}}])
def test_the_same_key_with_another_body_is_a_422(desk: Desk, change: dict[str, Any]) -> None:
    desk.predict(new(), Idempotency_Key="k")
    response = desk.predict({**new(), **change}, Idempotency_Key="k")
    assert response.status_code == 422
    assert response.json["type"] == "urn:problem-type:credit-api:key-reused"


def test_a_key_whose_first_request_still_runs_is_a_409_with_retry_after(desk: Desk) -> None:
    again: list[Any] = []

    def score(row: Any) -> float:
        again.append(desk.app.test_client().post("/api/v1/predict", json=new(), headers={"Idempotency-Key": "k"}))
        return -1.0

    desk.xgboost._score = score
    assert desk.predict(new(), Idempotency_Key="k").status_code == 200
    assert (again[0].status_code, again[0].headers["Retry-After"]) == (409, "1")


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel"])
def test_an_idempotency_key_that_is_not_1_to_255_printable_characters_is_refused(desk: Desk, key: str) -> None:
    response = desk.predict(new(), Idempotency_Key=key)
    assert response.status_code == 422
    assert response.json["errors"][0]["field"] == "Idempotency-Key"
