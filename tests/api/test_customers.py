"""Erasures, legal holds and receipts."""

from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from tests.api.desk import Desk, new

WHY = {"reason": "Article 17 request 2026-114", "user": "dpo-2"}
AWKWARD = [
    "C",
    "CUS#1",
    "a/b",
    "/a",
    "a/",
    "//",
    "a//b",
    "?x=1",
    "%2F",
    "a b",
    " ",
    ".",
    "..",
    "a+b",
    "Zoë 💶",
    "\u200b",
    "\ufffd",
    "x" * 256,
    "💶" * 256,
]


def raw(path: str) -> dict[str, str]:
    """A path as a server passes it on: Flask's client would first make valid UTF-8 of it."""
    return {"PATH_INFO": unquote_to_bytes(path).decode("latin-1")}


@pytest.mark.parametrize("customer_id", AWKWARD)
def test_any_customer_is_held_erased_and_found_by_its_own_id(desk: Desk, customer_id: str) -> None:
    made = desk.predict(new(customer_id)).json
    held = desk.of_customer("PUT", customer_id, WHY, "holds")
    assert held.status_code == 200
    assert held.json["hold"].items() >= WHY.items()
    refused = desk.of_customer("DELETE", customer_id, WHY)
    assert (refused.status_code, refused.json["type"]) == (409, "urn:problem-type:credit-api:on-hold")
    assert desk.of_customer("GET", customer_id).json == {**held.json, "receipts": []}
    assert desk.of_customer("DELETE", customer_id, kind="holds").json == {"customer_id": customer_id, "hold": None}
    receipt = desk.of_customer("DELETE", customer_id, WHY)
    assert receipt.status_code == 200
    assert receipt.json.items() >= {**WHY, "customer_id": customer_id}.items()
    assert receipt.json["erased_at"] > made["timestamp"]
    assert desk.of_customer("GET", customer_id).json["receipts"][0]["receipt_id"] == receipt.json["receipt_id"]
    assert desk.prediction(made["prediction_id"]).json["erased"] is True


def test_erasing_again_answers_the_same_receipt_until_there_is_more_to_erase(desk: Desk) -> None:
    desk.predict(new("C"))
    first, second = (desk.of_customer("DELETE", "C", WHY).json for _ in range(2))
    assert first == second
    desk.predict(new("C"))
    third = desk.of_customer("DELETE", "C", WHY).json
    assert third["receipt_id"] != first["receipt_id"]
    assert [each["receipt_id"] for each in desk.of_customer("GET", "C").json["receipts"]] == [
        first["receipt_id"],
        third["receipt_id"],
    ]


def test_an_erasure_covers_the_last_prediction_of_a_machine_whose_clock_is_ahead(desk: Desk) -> None:
    made = desk.predict(new("C")).json
    ahead = f"{made['timestamp'][:11]}23:59:59.999999Z"
    desk.table.customers["C"]["prediction_timestamp"] = ahead
    erased_at = desk.of_customer("DELETE", "C", WHY).json["erased_at"]
    within_the_hour = made["timestamp"][11:13] == "23"
    assert erased_at > made["timestamp"]
    assert not within_the_hour or erased_at > ahead


def test_a_customer_nobody_knows_is_a_404(desk: Desk) -> None:
    for response in (
        desk.of_customer("GET", "NOBODY"),
        desk.of_customer("DELETE", "NOBODY", WHY),
        desk.of_customer("PUT", "NOBODY", WHY, "holds"),
        desk.of_customer("DELETE", "NOBODY", kind="holds"),
    ):
        assert (response.status_code, response.json["type"]) == (404, "urn:problem-type:credit-api:unknown-customer")
    assert desk.table.customers == {}


def test_a_customer_the_bank_put_there_may_be_held_and_erased(desk: Desk) -> None:
    desk.table.customers["BANK"] = {"branch": "Leeds"}
    assert desk.of_customer("GET", "BANK").json == {"customer_id": "BANK", "hold": None, "receipts": []}
    assert desk.of_customer("DELETE", "BANK", kind="holds").status_code == 200
    assert desk.of_customer("DELETE", "BANK", WHY).status_code == 200
    assert desk.table.customers["BANK"]["branch"] == "Leeds"


@pytest.mark.parametrize(
    "path", ["%00", "a%0Ab", "%7F", "x" * 257, "%FF", "%ED%A0%80", "a%C3", "%C0%AF", "%F0%9F%92%B6" * 257]
)
def test_an_id_that_is_none_is_refused(desk: Desk, path: str) -> None:
    for method, kind, body in (
        ("GET", "customers", None),
        ("DELETE", "customers", WHY),
        ("PUT", "holds", WHY),
        ("DELETE", "holds", None),
    ):
        response = desk.client.open(method=method, json=body, environ_overrides=raw(f"/api/v1/{kind}/{path}"))
        assert (response.status_code, response.content_type) == (422, "application/problem+json")
        assert response.json["errors"][0]["field"] == "customer_id"


def test_bytes_that_are_no_utf_8_are_not_the_customer_of_the_replacement_character(desk: Desk) -> None:
    desk.predict(new("\ufffd"))
    path = raw("/api/v1/customers/%FF")
    assert desk.client.delete(json=WHY, environ_overrides=path).status_code == 422
    assert desk.of_customer("GET", "\ufffd").json["receipts"] == []


@pytest.mark.parametrize("field", ["reason", "user"])
@pytest.mark.parametrize("value", [None, "", " ", 7, [], "a\tb", "x" * 1001])
def test_reason_and_user_are_required_texts(desk: Desk, field: str, value: Any) -> None:
    desk.predict(new("C"))
    for method, kind in (("DELETE", "customers"), ("PUT", "holds")):
        for body in ({**WHY, field: value}, {name: text for name, text in WHY.items() if name != field}):
            response = desk.of_customer(method, "C", body, kind)
            assert (response.status_code, [each["field"] for each in response.json["errors"]]) == (422, [field])
        unknown = desk.of_customer(method, "C", {**WHY, "colour": 1}, kind)
        assert unknown.json["errors"][0]["field"] == "colour"
    assert desk.of_customer("GET", "C").json == {"customer_id": "C", "hold": None, "receipts": []}


def test_lifting_a_hold_takes_no_body(desk: Desk) -> None:
    desk.predict(new("C"))
    desk.of_customer("PUT", "C", WHY, "holds")
    assert desk.of_customer("DELETE", "C", WHY, "holds").status_code == 422
    assert desk.of_customer("GET", "C").json["hold"]["user"] == WHY["user"]


def test_a_table_out_of_reach_is_a_503_and_nothing_counts_as_erased(desk: Desk) -> None:
    desk.predict(new("C"))
    desk.table.unreadable = desk.table.unwritable = True
    for response in (
        desk.of_customer("GET", "C"),
        desk.of_customer("DELETE", "C", WHY),
        desk.of_customer("PUT", "C", WHY, "holds"),
        desk.of_customer("DELETE", "C", kind="holds"),
    ):
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/customers/C"),
        ("PATCH", "/api/v1/customers/C"),
        ("GET", "/api/v1/holds/C"),
        ("POST", "/api/v1/holds/C"),
        ("DELETE", "/api/v1/models/xgboost"),
        ("POST", "/api/v1/models"),
        ("GET", "/api/v1/outcomes"),
        ("GET", "/api/v1/predictions/x/override"),
        ("DELETE", "/api/v1/predictions/x"),
    ],
)
def test_another_method_is_a_405_that_lists_what_the_path_takes(desk: Desk, method: str, path: str) -> None:
    response = desk.client.open(path, method=method)
    assert (response.status_code, response.content_type) == (405, "application/problem+json")
    assert response.headers["Allow"]


@pytest.mark.parametrize("path", ["customers/", "holds/", "customers", "holds", "predictions", "predictions/"])
def test_a_path_without_an_id_is_a_404(desk: Desk, path: str) -> None:
    assert desk.client.get(f"/api/v1/{path}").status_code == 404
