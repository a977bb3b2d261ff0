"""A loopback HTTP proxy that spoils chosen requests, as networks and services do."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """The proxy answers by itself; the request never reaches the server."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


Fault = Answer | Literal["reset", "hang", "drop answer", "hang after", "cut answer"]
"""reset: the connection breaks before the server is asked. hang: no answer, and the server is not asked.

drop answer: the server does what was asked, then the connection breaks. hang after: it does, and no answer comes.
cut answer: half of the answer comes.
"""


def aws_error(code: str, status: int = 400) -> Answer:
    """How DynamoDB says no."""
    body = f'{{"__type": "com.amazonaws.dynamodb.v20120810#{code}", "message": "arn:aws:secret of {code}"}}'
    return Answer(status, body.encode())


THROTTLED = aws_error("ProvisionedThroughputExceededException")


@dataclass
class _Rule:
    fault: Fault
    on: str
    times: int | None


@dataclass
class FaultyProxy:
    """Passes requests on to `upstream`; `fail` says which to spoil. `seen` holds every request's description.

    A description is "<X-Amz-Target or nothing> <method> <path>".
    """

    upstream: str
    url: str = ""
    seen: list[str] = field(default_factory=list)
    _rules: list[_Rule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: threading.Event = field(default_factory=threading.Event)

    def fail(self, fault: Fault, on: str = "", times: int | None = 1) -> None:
        """Spoil the next `times` requests (None: all from now on) whose description holds `on`; the first rule wins."""
        with self._lock:
            self._rules.append(_Rule(fault, on, times))

    def heal(self) -> None:
        """Spoil nothing from now on."""
        with self._lock:
            self._rules.clear()

    def fault_for(self, description: str) -> Fault | None:
        """What happens to this request."""
        with self._lock:
            self.seen.append(description)
            for rule in self._rules:
                if rule.on in description and rule.times != 0:
                    rule.times = None if rule.times is None else rule.times - 1
                    return rule.fault
        return None

    def hang(self) -> None:
        """Return when the proxy closes."""
        self._closing.wait()

    def close(self) -> None:
        """Let go of every request that hangs."""
        self._closing.set()


@contextmanager
def faulty_proxy(upstream: str) -> Iterator[FaultyProxy]:
    """A proxy in front of the server at the URL `upstream`, on a free port."""
    proxy = FaultyProxy(upstream)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.proxy = proxy
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: FaultyProxy

    def handle_error(self, *_: object) -> None:
        """A client that went away is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def proxy(self) -> FaultyProxy:
        assert isinstance(self.server, _Server)
        return self.server.proxy

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.proxy.fault_for(f"{self.headers.get('X-Amz-Target', '')} {self.command} {self.path}")
        if fault == "hang":
            self.proxy.hang()
        if fault in ("reset", "hang"):
            return self.reset()
        if isinstance(fault, Answer):
            return self.answer(fault.status, [("Content-Length", "0"), *fault.headers], fault.body)
        try:
            status, headers, answer = self.ask(body)
        except OSError:
            return self.reset()
        if fault == "hang after":
            self.proxy.hang()
        if fault in ("drop answer", "hang after"):
            return self.reset()
        return self.answer(status, headers, answer, cut=fault == "cut answer")

    def ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.proxy.upstream).netloc, timeout=30)
        try:
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def answer(self, status: int, headers: list[tuple[str, str]], body: bytes, cut: bool = False) -> None:
        self.send_response_only(status)
        own = {"transfer-encoding", "connection"} | ({"content-length"} if body else set())
        for name, value in headers:
            if name.lower() not in own:
                self.send_header(name, value)
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = cut

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """The tests' output is for failures."""

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815  # the names that the base class calls
