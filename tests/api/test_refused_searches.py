"""What is no search."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.api.desk import Desk


@pytest.mark.parametrize(
    "query",
    [
        "",
        "customer_id=",
        f"customer_id={'x' * 257}",
        "customer_id=a%00b",
        "customer_id=%FF",
        "customer_id=%ED%A0%80",
        "customer_id=\xff",
        "customer_id=C&customer_id=C",
        "customer_id=C&colour=blue",
        "&".join(f"a{i}=" for i in range(5_000)),
        *(
            f"customer_id=C&limit={limit}"
            for limit in ("0", "-1", "201", "1000000000", "9" * 5000, "2.0", "x", "", "٣", "1e1")
        ),
        *(f"customer_id=C&cursor={cursor}" for cursor in ("", "x", "A" * 100_000, quote("é"), "AAAA", "%00")),
        *(
            f"customer_id=C&since={quote(time)}"
            for time in (
                "",
                "yesterday",
                "2025-01-01",
                "2025-01-01T00:00:00",
                "2025-13-01T00:00:00Z",
                "0001-01-01T00:00:00+14:00",
                "9999-12-31T23:59:59-14:00",
            )
        ),
        "customer_id=C&since=2025-01-01T00:00:00+01:00",
        "customer_id=C&since=2025-01-02T00:00:00Z&until=2025-01-01T00:00:00Z",
    ],
)
def test_a_query_that_is_not_a_search_is_refused(desk: Desk, query: str) -> None:
    response = desk.client.get("/api/v1/search", query_string=query)
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"customer_id": 7},
        {"customer_id": "C", "limit": "20"},
        {"customer_id": "C", "limit": True},
        {"customer_id": "C", "limit": 2.0},
        {"customer_id": "C", "limit": 10**300},
        {"customer_id": "C", "cursor": 7},
        {"customer_id": "C", "since": 7},
        {"customer_id": "C", "colour": "blue"},
        [],
    ],
)
def test_a_body_that_is_not_a_search_is_refused(desk: Desk, body: Any) -> None:
    assert desk.client.post("/api/v1/search", json=body).status_code == 422


def test_a_table_out_of_reach_is_a_503_with_retry_after(desk: Desk) -> None:
    desk.table.unreadable = True
    response = desk.search(customer_id="C")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
