"""Clients that are slow, or never done: they take no thread, and the others are answered."""

from __future__ import annotations

import json
import socket

import pytest

from tests.fakes.running import Running

MANY = 40
"""More than the threads of a worker."""
HEAD = b"POST /api/v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"POST /api/v1/pre", id="half a request line"),
        pytest.param(HEAD + b"X-Slow: ", id="half the headers"),
        pytest.param(HEAD + b"Content-Length: 200\r\n\r\n{", id="half a body"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{", id="half a chunk"),
        pytest.param(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", id="never closing"),
    ],
)
def test_health_answers_while_many_clients_are_slow(service: Running, sent: bytes) -> None:
    slow = [service.raw(sent) for _ in range(MANY)]
    try:
        assert service.call("GET", "/health/live").status == 200
        assert service.predict("CUS1", {"xgboost": [0.5] * 6, "traditional": [0.5] * 5}).status == 200
    finally:
        for client in slow:
            client.close()


def test_a_request_that_comes_in_pieces_is_answered(service: Running) -> None:
    body = json.dumps({"customer_id": "CUS2", "features": {"xgboost": [0.5] * 6}}).encode()
    whole = HEAD + f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    with service.raw(b"") as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(whole)):
            client.sendall(whole[i : i + 1])
        assert _all_of(client).startswith(b"HTTP/1.1 200 OK")


def test_a_request_that_never_ends_gets_a_408(service: Running) -> None:
    with service.raw(HEAD + b"Content-Length: 200\r\n\r\n{") as client:
        answer = _all_of(client)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == 408


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"no HTTP\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 20_000, b"431"),
        (b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (HEAD + b"Transfer-Encoding: made-up\r\n\r\n", b"501"),
        (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{    }", b"400"),
    ],
)
def test_what_is_not_http_gets_a_problem_too(service: Running, sent: bytes, status: bytes) -> None:
    with service.raw(sent) as client:
        head, _, body = _all_of(client).partition(b"\r\n\r\n")
    assert head.split()[1] == status
    assert b"application/problem+json" in head
    assert json.loads(body)["status"] == int(status)


def test_a_client_that_asks_first_is_told_to_send_its_body(service: Running) -> None:
    body = json.dumps({"customer_id": "CUS3", "features": {"xgboost": [0.5] * 6}}).encode()
    head = HEAD + b"Connection: close\r\nExpect: 100-continue\r\n"
    with service.raw(head + f"Content-Length: {len(body)}\r\n\r\n".encode()) as client:
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(body)
        assert b"HTTP/1.1 200 OK" in _all_of(client)


def test_a_client_that_does_not_wait_for_the_first_answer_gets_all_of_them(service: Running) -> None:
    one = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    last = one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with service.raw(one + one + last) as client:
        assert _all_of(client).count(b"HTTP/1.1 200 OK") == 3


def test_a_body_of_50_mb_is_refused_and_the_client_comes_to_read_it(service: Running) -> None:
    answer = service.call("POST", "/api/v1/predict", b"[" * 50_000_000)
    assert answer.status == 413


def test_a_refused_body_leaves_the_connection_usable(service: Running) -> None:
    connection = service.connect()
    for _ in range(3):
        connection.request("POST", "/api/v1/predict", b"a" * 1_000_000, {"Content-Type": "application/json"})
        assert connection.getresponse().read()
        assert connection.sock, "the service closed the connection"
    connection.close()


def _all_of(client: socket.socket) -> bytes:
    parts = []
    while part := client.recv(65_536):
        parts.append(part)
    return b"".join(parts)
