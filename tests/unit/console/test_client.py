from __future__ import annotations

import socket

import pytest

from console.client import Api
from console.problems import Failed, FieldProblem
from tests.fakes.console_service import FakeService


def failure(api: Api, path: str = "/health") -> Failed:
    with pytest.raises(Failed) as caught:
        api.get(path)
    return caught.value


def test_a_request_carries_the_key_and_only_the_parameters_that_are_there(service: FakeService) -> None:
    service.says("GET /api/v1/search", {"found": False})
    assert Api(service.url, "a key").get("/api/v1/search", customer_id="A/1 #", cursor=None) == {"found": False}
    (asked,) = service.asked
    assert (asked.query, asked.headers["X-API-Key"]) == ({"customer_id": "A/1 #"}, "a key")


def test_a_body_is_json_with_its_headers(service: FakeService) -> None:
    service.says("POST /api/train", {"job_id": "job_1"}, 202)
    assert Api(service.url).post("/api/train", {"a": [None, 1.5]}, Idempotency_Key="k")["job_id"] == "job_1"
    (asked,) = service.asked
    assert asked.body == {"a": [None, 1.5]}
    assert asked.headers["Idempotency-Key"] == "k"
    assert "X-API-Key" not in asked.headers


def test_neither_the_key_nor_a_password_in_the_address_is_shown() -> None:
    api = Api("http://name:secret@127.0.0.1:9/x", "a key")
    assert "a key" not in repr(api)
    assert api.place == "http://127.0.0.1:9/x"


@pytest.mark.parametrize("key", ["line\nbreak", "\N{SNOWMAN}"])
def test_a_key_that_no_request_can_carry_is_not_blamed_on_the_service(key: str) -> None:
    failed = failure(Api("http://127.0.0.1:9", key))
    assert failed.title == "This API key cannot be sent."


def test_a_service_that_is_down_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    failed = failure(Api(f"http://127.0.0.1:{port}"))
    assert (failed.title, failed.may_pass) == ("The service cannot be reached.", True)


def test_a_service_that_says_nothing_is_said_to_be_slow() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        failed = failure(Api(f"http://127.0.0.1:{silent.getsockname()[1]}", patience=0.05))
    assert failed.title == "The service takes too long."


@pytest.mark.parametrize(("status", "body"), [(200, b"<html>"), (200, [1]), (500, {"error": "x"}), (302, b"moved")])
def test_another_program_is_told_from_the_service(service: FakeService, status: int, body: object) -> None:
    service.says("GET /health", body, status, Location="http://127.0.0.1:9/elsewhere")
    assert failure(Api(service.url)).title == "That is another program."


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (401, "An API key is needed."),
        (403, "This key may not do that."),
        (422, "Some fields need correcting."),
        (500, "The service has a defect."),
        (404, "Nobody is there."),
    ],
)
def test_each_refusal_has_words_of_its_own(service: FakeService, status: int, title: str) -> None:
    service.refuses("GET /health", status, "Nobody is there", detail="so", errors=[{"field": "a.b", "message": "bad"}])
    failed = failure(Api(service.url))
    assert (failed.title, failed.status, failed.request_id) == (title, status, "request-1")
    assert failed.errors == (FieldProblem("a.b", "bad"),)


def test_a_503_says_when_to_try_again(service: FakeService) -> None:
    service.refuses("GET /health", 503, "A model is out of reach", detail="model loan: it is not there", retry_after=5)
    failed = failure(Api(service.url))
    assert failed.advice == "Model loan: it is not there. Try again in 5 seconds."
    assert (failed.retry_after, failed.may_pass) == (5, True)
