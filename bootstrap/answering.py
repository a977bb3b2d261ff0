"""An answer on its way out: gunicorn's, but head and body leave together; and those that no application gives."""

from __future__ import annotations

import json
import socket
import time
import uuid
from functools import lru_cache
from http import HTTPStatus

from gunicorn.http.wsgi import Response
from gunicorn.util import http_date


class Answer(Response):
    """gunicorn's response. Its head waits for the first of the body: one call to the kernel, one packet to the client.

    `begun`: some of it may be with the client, so that nothing else can be answered any more.
    """

    begun = False
    _head = b""

    def send_headers(self) -> None:
        """Put the head together; `close` sends it where no body follows."""
        if not self.headers_sent:
            lines = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers), "\r\n"]
            self._head = "".join(lines).encode("latin-1")
            self.headers_sent = True

    def default_headers(self) -> list[str]:
        """The status line and what every answer has."""
        major, minor = self.req.version or (1, 1)
        lines = [
            f"HTTP/{major}.{minor} {self.status}\r\n",
            f"Server: {self.version}\r\n",
            f"Date: {_date(int(time.time()))}\r\n",
            f"Connection: {'close' if self.should_close() else 'keep-alive'}\r\n",
        ]
        return [*lines, "Transfer-Encoding: chunked\r\n"] if self.chunked else lines

    def close(self) -> None:
        """Send what was not sent."""
        self.send_headers()
        self._send(b"")
        super().close()

    def _emit_body(self, data: bytes) -> None:
        self._send(b"%X\r\n%b\r\n" % (len(data), data) if self.chunked else data)

    def _send(self, data: bytes) -> None:
        head, self._head = self._head, b""
        if head or data:
            self.begun = True
            self.sock.sendall(head + data)


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    """The Date header of this second (Unix)."""
    return str(http_date(second))


def take_what_is_here(client: socket.socket) -> None:
    """Read and forget, without waiting."""
    try:
        while client.recv(1 << 20, socket.MSG_DONTWAIT):
            pass
    except OSError:
        return


def refuse(client: socket.socket, status: HTTPStatus, detail: str) -> None:
    """Send a problem object (RFC 9457) as far as the client takes it at once."""
    instance = str(uuid.uuid4())
    problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail, "instance": instance}
    body = json.dumps(problem)
    head = (
        f"HTTP/1.1 {status} {status.phrase}\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    try:
        client.send((head + body).encode(), socket.MSG_DONTWAIT)
    except OSError:
        return
