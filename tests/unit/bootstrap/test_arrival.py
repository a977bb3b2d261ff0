"""Requests as they arrive: whole or in pieces, one after the other, too long, or never complete."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootstrap.arrival import LONGEST_HEAD, LONGEST_HELD, LONGEST_PIECE, Arrival, HeadTooLong

GET = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /api HTTP/1.1\r\nContent-Length: 5\r\nHost: x\r\n\r\nabcde"
LOOKS_LIKE_AN_END = (
    b'POST /api HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nA;x=1\r\n{"a": 0\r\n\r\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n'
)
TRAILERS = b"POST /api HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nDigest: x\r\n\r\n"
CHUNKED = b"POST /api HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"


class Wire:
    """Both ends of a connection."""

    def __init__(self) -> None:
        self.client, self._server = socket.socketpair()
        self.arrival = Arrival(self._server)

    def send(self, data: bytes) -> bool:
        """Send, and receive until all of it is taken. Whether it was time to answer at the end."""
        self.client.sendall(data)
        is_complete = self.arrival.receive()
        while not is_complete and self._server_has_more():
            is_complete = self.arrival.receive()
        return is_complete

    def parsed(self) -> bytes:
        """What the parser gets to read of one request."""
        return b"".join(iter(self.arrival.chunk, b""))

    def close(self) -> None:
        self.client.close()
        self._server.close()

    def _server_has_more(self) -> bool:
        try:
            return bool(self._server.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return False


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


@given(
    request=st.sampled_from([GET, POST, CHUNKED, LOOKS_LIKE_AN_END, TRAILERS]),
    cuts=st.lists(st.integers(1, 120), max_size=6),
)
def test_however_it_is_cut_it_is_complete_with_its_last_byte_and_not_before(request: bytes, cuts: list[int]) -> None:
    wire = Wire()
    try:
        edges = sorted({0, *(cut for cut in cuts if cut < len(request)), len(request)})
        complete = [wire.send(request[start:end]) for start, end in pairwise(edges)]
        assert complete == [False] * (len(complete) - 1) + [True]
        assert wire.arrival.whole
        assert wire.parsed() == request
    finally:
        wire.close()


def test_the_parser_gets_none_of_the_next_request(wire: Wire) -> None:
    assert wire.send(POST + GET)
    assert wire.parsed() == POST
    assert wire.arrival.begun
    assert wire.arrival.receive()
    assert wire.parsed() == GET
    assert not wire.arrival.begun


def test_the_length_of_one_request_is_not_that_of_the_next(wire: Wire) -> None:
    wire.send(POST)
    wire.parsed()
    assert not wire.send(b"POST /api HTTP/1.1\r\nContent-Length: 900\r\n\r\nabcde")


def test_a_request_whose_client_stops_sending_is_answered_as_it_is(wire: Wire) -> None:
    assert not wire.send(POST[:-2])
    wire.client.shutdown(socket.SHUT_WR)
    assert wire.arrival.receive()
    assert not wire.arrival.whole
    assert wire.parsed() == POST[:-2]


def test_a_client_that_sends_nothing_and_goes_has_begun_nothing(wire: Wire) -> None:
    wire.client.shutdown(socket.SHUT_WR)
    assert wire.arrival.receive()
    assert not wire.arrival.begun


def test_headers_without_an_end_are_refused(wire: Wire) -> None:
    with pytest.raises(HeadTooLong):
        wire.send(b"GET / HTTP/1.1\r\nX: " + b"a" * LONGEST_HEAD)


def test_a_body_that_is_too_long_to_be_held_is_left_to_the_thread(wire: Wire) -> None:
    head = b"POST /api HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"
    piece = b"a" * 65_536
    assert not wire.send(head)
    sent = 0
    while not wire.send(piece):
        sent += len(piece)
        assert sent < LONGEST_HELD
    assert not wire.arrival.whole
    held = len(head) + sent + len(piece)
    while held > 0:
        held -= len(wire.arrival.chunk())
    assert held == 0
    wire.client.sendall(b"and more")
    assert wire.arrival.chunk() == b"and more"


def test_a_client_that_asks_first_is_told_once_to_go_on(wire: Wire) -> None:
    assert not wire.send(b"POST /api HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    assert not wire.send(b"abc")
    assert wire.send(b"de")
    assert wire.client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_a_header_name_inside_a_body_or_a_value_means_nothing(wire: Wire) -> None:
    assert wire.send(b"POST /api HTTP/1.1\r\nX: content-length: 99\r\nContent-Length: 3\r\n\r\nabc")
    assert wire.parsed().endswith(b"abc")


def test_the_parser_never_has_more_to_copy_than_a_piece(wire: Wire) -> None:
    body = b"1\r\n \r\n" * 10_000 + b"0\r\n\r\n"
    request = b"POST /api HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    assert wire.send(request)
    pieces = list(iter(wire.arrival.chunk, b""))
    assert b"".join(pieces) == request
    assert max(map(len, pieces)) <= LONGEST_PIECE
