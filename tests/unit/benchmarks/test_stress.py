"""The stress command against services that keep the level, or do not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.stress import Answer, Load, main


class Desk(BaseHTTPRequestHandler):
    """Answers every third application only, where the server is `weak`."""

    protocol_version = "HTTP/1.1"
    count = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        Desk.count += 1
        ok = not self.server.weak or Desk.count % 3 == 0  # type: ignore[attr-defined]
        body = b'{"prediction": 0}' if ok else b'{"status": 503}'
        self.send_response(200 if ok else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    found = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    found.weak = False  # type: ignore[attr-defined]
    found.daemon_threads = True
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


def asked(server: ThreadingHTTPServer, *more: str) -> int:
    return main([f"http://127.0.0.1:{server.server_port}", "--requests", "40", *more])


def test_every_request_is_counted_and_the_figures_are_told(
    server: ThreadingHTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    asked(server, "--concurrency", "4")
    told = capsys.readouterr().out
    assert told.startswith("40 loan applications, 4 at once")
    assert "success       100.00%" in told
    assert all(word in told for word in ("median", "95 of 100", "99 of 100", "throughput"))


def test_a_service_that_refuses_does_not_keep_the_level(
    server: ThreadingHTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.weak = True  # type: ignore[attr-defined]
    assert asked(server, "--simple") == 1
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 2
    assert "not more than 99% succeeded" in told[1]


def test_nobody_at_home_is_another_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["http://127.0.0.1:9", "--requests", "1"]) == 2
    assert "does not answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answers", "seconds", "missed"),
    [
        ([Answer(0.1, "200")] * 300, 2.0, []),
        ([Answer(0.3, "200")] * 300, 2.0, ["the median is not under 200 ms"]),
        ([Answer(0.1, "200")] * 300, 3.0, ["not more than 100 requests a second"]),
        ([Answer(0.1, "200")] * 297 + [Answer(0.1, "503")] * 3, 1.0, ["not more than 99% succeeded"]),
    ],
)
def test_the_service_level_has_three_parts(answers: list[Answer], seconds: float, missed: list[str]) -> None:
    assert list(Load(answers, seconds).missed()) == missed
