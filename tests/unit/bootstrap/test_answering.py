"""Answers as bytes on a socket."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from gunicorn.config import Config

from bootstrap.answering import Answer

DATE = re.compile(rb"Date: \w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT\r\n")


@dataclass
class Asked:
    """What an answer needs to know of its request."""

    method: str = "GET"
    version: tuple[int, int] = (1, 1)

    def should_close(self) -> bool:
        return False


@dataclass
class Client:
    """The other end of a socket: each packet as it was sent."""

    packets: list[bytes] = field(default_factory=list)

    def sendall(self, data: bytes) -> None:
        self.packets.append(data)


def packets_of(
    parts: Iterable[bytes], headers: Sequence[tuple[str, str]], asked: Asked | None = None, status: str = "200 OK"
) -> list[bytes]:
    client = Client()
    answer = Answer(cast("Any", asked or Asked()), cast("Any", client), Config())
    answer.start_response(status, list(headers))
    assert not answer.begun
    for part in parts:
        answer.write(part)
    answer.close()
    assert answer.begun
    return client.packets


def test_head_and_body_leave_in_one_packet() -> None:
    (packet,) = packets_of([b"{}"], [("Content-Type", "application/json"), ("Content-Length", "2")])
    head, _, body = packet.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nServer: ")
    assert head.endswith(b"Connection: keep-alive\r\nContent-Type: application/json\r\nContent-Length: 2")
    assert len(DATE.findall(head)) == 1
    assert body == b"{}"


def test_an_answer_in_parts_has_its_head_once() -> None:
    first, second = packets_of([b"ab", b"cd"], [("Content-Length", "4")])
    assert first.endswith(b"\r\n\r\nab")
    assert second == b"cd"


def test_an_answer_without_a_body_is_its_head() -> None:
    (packet,) = packets_of([], [("Content-Length", "0")])
    assert packet.endswith(b"Content-Length: 0\r\n\r\n")


def test_a_head_request_is_answered_without_the_body() -> None:
    (packet,) = packets_of([b"{}"], [("Content-Length", "2")], Asked("HEAD"))
    assert packet.endswith(b"Content-Length: 2\r\n\r\n")


def test_a_body_of_unknown_length_is_chunked() -> None:
    sent = b"".join(packets_of([b"abc", b"de"], []))
    assert b"Transfer-Encoding: chunked\r\n" in sent
    assert sent.partition(b"\r\n\r\n")[2] == b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


def test_the_connection_ends_after_a_body_of_unknown_length_to_an_old_client() -> None:
    sent = b"".join(packets_of([b"abc"], [], Asked(version=(1, 0))))
    assert b"Connection: close\r\n" in sent
    assert sent.endswith(b"\r\n\r\nabc")
