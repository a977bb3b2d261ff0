"""A service for the console that answers what it was told to, over HTTP on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = tuple[int, Any, Mapping[str, str]]


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass
class FakeService:
    """Answers by "METHOD /path"; several answers to one are given one after the other, the last for good."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def says(self, what: str, body: Any, status: int = 200, **headers: str) -> None:
        """Answer a request so; after an earlier answer, the next time."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.setdefault(what, []).append((status, body, named))

    def refuses(self, what: str, status: int, title: str = "Refused", **more: Any) -> None:
        """Answer with a problem. `retry_after`: a header."""
        headers = {"Retry_After": str(more.pop("retry_after"))} if "retry_after" in more else {}
        self.says(what, {"title": title, "status": status, "instance": "request-1", **more}, status, **headers)

    def of(self, what: str) -> list[Asked]:
        """The requests of a kind."""
        return [each for each in self.asked if f"{each.method} {each.path}" == what]

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        kept = self.answers.get(f"{asked.method} {asked.path}")
        if not kept:
            return 404, {"title": "Not found", "status": 404, "detail": "There is nothing under this path."}, {}
        return kept.pop(0) if len(kept) > 1 else kept[0]


@contextmanager
def serving(service: FakeService) -> Iterator[FakeService]:
    """Serve it on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(json.loads(content) if content else None)

        def _answer(self, body: Any) -> None:
            parts = urlsplit(self.path)
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers), body)
            status, answer, headers = service.answer(asked)
            raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(raw))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its name in http.server
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
