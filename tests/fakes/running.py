"""The service as it runs in production: a real gunicorn with the project's own settings, on a free port of loopback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60.0
"""Seconds for anything that takes a moment; a busy machine needs them, an idle one does not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` is parsed where it is JSON."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Running:
    """`with Running(folder) as service:` starts gunicorn, waits until it is ready, and ends it by its own pid.

    At the end every record that it wrote is replayed, to the last digit.
    `data_dir` holds the embedded stores and the log; `settings` are environment variables of the service; `launcher`
    is a program that becomes gunicorn.
    """

    def __init__(
        self,
        data_dir: Path,
        settings: Mapping[str, str] | None = None,
        workers: int = 1,
        launcher: Sequence[str] = (),
    ) -> None:
        self._log = data_dir / "log"
        gunicorn = str(Path(sys.executable).with_name("gunicorn"))
        self._command = [*launcher, gunicorn, "-w", str(workers), "app:app"]
        self.port = _free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PROMETHEUS_"))},
            "DATA_DIR": str(data_dir),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            **(settings or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        if kind is None:
            from tests.fakes.replaying import replay_all  # it knows Running itself

            replay_all(self)

    def start(self) -> None:
        """Start, and wait until /health/ready says so."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until(self._is_ready, lambda: f"not ready; its log:\n{self.log()[-4_000:]}")

    def stop(self) -> None:
        """Ask it to end, and wait for that."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE)
            self._process = None

    def flask(self, *arguments: str) -> str:
        """What an administrator's command says, in the service's environment."""
        command = [sys.executable, "-m", "flask", "--app", "app", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def pid(self) -> int:
        """The arbiter's."""
        assert self._process is not None
        return self._process.pid

    def worker_pids(self) -> list[int]:
        """The processes that answer."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def signal(self, number: signal.Signals) -> None:
        """Send the arbiter a signal."""
        os.kill(self.pid, number)

    def has_ended(self) -> bool:
        """Whether the arbiter is gone."""
        return self._process is None or self._process.poll() is not None

    def log(self) -> str:
        """All that it has said."""
        return self._log.read_text(errors="replace")

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """One request on a connection of its own. `Idempotency_Key="x"` sends `Idempotency-Key: x`."""
        connection = self.connect()
        try:
            return ask(connection, method, path, body, **headers)
        finally:
            connection.close()

    def predict(self, customer_id: str, features: Mapping[str, object], **headers: str) -> Answer:
        """One prediction."""
        return self.call("POST", "/api/v1/predict", {"customer_id": customer_id, "features": features}, **headers)

    def connect(self) -> HTTPConnection:
        """A connection, as an HTTP client keeps it."""
        return HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def raw(self, sent: bytes) -> socket.socket:
        """A connection on which these bytes were sent."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        client.sendall(sent)
        return client

    def _is_ready(self) -> bool:
        assert not self.has_ended(), f"gunicorn ended; its log:\n{self.log()[-4_000:]}"
        try:
            return self.call("GET", "/health/ready").status == 200
        except (OSError, HTTPException):
            return False


def ask(connection: HTTPConnection, method: str, path: str, body: object = None, **headers: str) -> Answer:
    """One request on a connection; `body` is sent as JSON unless it is bytes."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    kinds = {"Content-Type": "application/json"} if data is not None else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, data, {**kinds, **named})
    response = connection.getresponse()
    content = response.read()
    is_json = "json" in response.headers.get("Content-Type", "")
    return Answer(response.status, json.loads(content) if is_json else content, dict(response.headers))


def until(
    holds: Callable[[], bool], why: Callable[[], str] = lambda: "it did not happen", patience: float = PATIENCE
) -> None:
    """Wait until something holds; AssertionError when it takes too long. What takes long is asked for less often."""
    sleeper, pause, deadline = threading.Event(), 0.02, time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, why()
        sleeper.wait(pause)
        pause = min(1.2 * pause, 0.2)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
