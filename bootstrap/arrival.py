"""A request on its way in: bytes are taken as they come, without waiting, until the request is whole."""

from __future__ import annotations

import re
import socket
import sys

from gunicorn.http.unreader import Unreader

LONGEST_HEAD = 16 * 1024
"""Bytes of request line and headers together."""
LONGEST_HELD = 5 * 1024 * 1024
"""Bytes of a request that is held until it is whole; the rest of a longer one is read by the thread that answers it."""
LONGEST_READ = 64 * 1024
LONGEST_PIECE = 8 * 1024
"""Bytes that the parser gets at once: for every chunk, and every kilobyte that it skips, it copies the rest of them."""

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r]*chunked", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"([0-9a-f]{1,8})[ \t]*(;|$)", re.IGNORECASE)


class HeadTooLong(Exception):
    """Request line and headers do not end within LONGEST_HEAD bytes."""


class Arrival(Unreader):
    """The bytes of one connection: `receive` takes them, gunicorn's parser reads one request after the other.

    `whole`: the request that the parser may now read is here to its last byte.
    The length is read from the headers as they stand; that they are right is for the parser to find.
    """

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._sock = sock
        self._here = bytearray()
        self._size: int | None = None
        self._chunk_at = 0
        self._left = 0
        self._ended = False
        self.whole = False

    @property
    def begun(self) -> bool:
        """Whether some of the next request is here."""
        return bool(self._here)

    def receive(self) -> bool:
        """Take what is there, without waiting. Raises HeadTooLong, and OSError when the client is gone.

        True when the request is to be answered: it is whole, or never will be, or is too long to be held.
        """
        try:
            data = self._sock.recv(LONGEST_READ, socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass
        else:
            self._here += data
            self._ended = not data
        if self._size is None:
            self._measure()
        here = len(self._here)
        self.whole = self._size is not None and self._size <= here
        if not (self.whole or self._ended or here >= LONGEST_HELD):
            return False
        self._left = self._size if self.whole and self._size else here if self._ended else sys.maxsize
        self._size, self._chunk_at = None, 0
        return True

    def _measure(self) -> None:
        end = self._here.find(b"\r\n\r\n", 0, LONGEST_HEAD)
        if end < 0:
            if len(self._here) >= LONGEST_HEAD:
                raise HeadTooLong
            return
        fields, body = bytes(self._here[: end + 2]), end + 4
        if length := _LENGTH.search(fields):
            self._size = body + int(length[1])
        elif not _CHUNKED.search(fields):
            self._size = body
        else:
            self._size = self._end_of_chunks(body)
        if self._size != body == len(self._here) and _EXPECTS.search(fields):
            self._sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _end_of_chunks(self, body: int) -> int | None:
        """Where the chunked body that begins at `body` ends, once that is here. Each chunk is looked at once."""
        self._chunk_at = max(self._chunk_at, body)
        while (line := self._here.find(b"\r\n", self._chunk_at)) >= 0:
            size = _CHUNK_SIZE.match(self._here[self._chunk_at : line])
            if size is None:  # no chunks: for the parser to refuse
                return len(self._here)
            if int(size[1], 16) == 0:
                end = self._here.find(b"\r\n\r\n", line)  # trailers may stand between
                return end + 4 if end >= 0 else None
            after = line + 2 + int(size[1], 16) + 2
            if after > len(self._here):
                return None
            self._chunk_at = after
        return None

    def chunk(self) -> bytes:
        """For the parser: some of the request's bytes, none at its end."""
        data = bytes(self._here[: min(self._left, LONGEST_PIECE)])
        del self._here[: len(data)]
        if not data and self._left and not self._ended:
            data = self._sock.recv(LONGEST_READ)
        self._left -= len(data)
        return data
