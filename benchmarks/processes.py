"""A server under test: started, asked until it answers, measured with all its processes, ended."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

HOST = "127.0.0.1"
START_WITHIN, STOP_WITHIN = 60.0, 15.0
POLL = 0.01

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


class ServerError(Exception):
    """The server did not start, or answered what it must not; the message says what."""


@dataclass(frozen=True, slots=True)
class Started:
    """Seconds from the start of the process to a 200 of the ready path, and to the first score."""

    ready: float
    first_answer: float


class Server:
    """One server. As a context manager it ends with the block; `port` is free until it starts."""

    def __init__(
        self, name: str, command: Sequence[str], *, cwd: Path, environ: Mapping[str, str], log: Path, ready: str
    ) -> None:
        """`{bind}` and `{port}` in the command become its address; `ready`: the path that turns 200."""
        self.name, self.port = name, _free_port()
        address = {"bind": f"{HOST}:{self.port}", "port": str(self.port)}
        self._command = [each.format_map(address) for each in command]
        self._cwd, self._environ, self._log, self._ready = cwd, dict(environ), log, ready
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ------------------------------------------------------------ from start to end

    def start(self, path: str, body: object) -> Started:
        """Start it and wait for its first score, the answer to `body` at `path`. Raises ServerError."""
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._cwd, env=self._environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._until_ok(began, "GET", self._ready, None)
        ready = time.perf_counter() - began
        self._until_ok(began, "POST", path, body)
        return Started(ready, time.perf_counter() - began)

    def stop(self) -> None:
        """End it: SIGTERM, and SIGKILL to whatever is left after a while."""
        if self._process is None:
            return
        every = self.processes()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            for pid in every:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def _until_ok(self, began: float, method: str, path: str, body: object) -> None:
        last = "nothing"
        while time.perf_counter() - began < START_WITHIN:
            if self._process and self._process.poll() is not None:
                raise ServerError(f"{self.name} ended with status {self._process.returncode}{self._said()}")
            try:
                status, answer = self.ask(method, path, body)
            except OSError as error:
                last = type(error).__name__
            else:
                if status == http.HTTPStatus.OK:
                    return
                last = f"{status} {answer}"
            time.sleep(POLL)
        raise ServerError(f"{self.name} is not ready after {START_WITHIN:g} s: {path} gave {last}{self._said()}")

    def _said(self) -> str:
        return f"; it said: {self._log.read_text(errors='replace').strip()[-1500:]}"

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """One request on a connection of its own: the status, and the body read as JSON or else as text."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, {"Content-Type": "application/json"} if sent else {})
            response = connection.getresponse()
            text = response.read().decode()
        except http.client.HTTPException as error:
            raise ConnectionError from error
        finally:
            connection.close()
        try:
            return response.status, json.loads(text)
        except ValueError:
            return response.status, text

    # ------------------------------------------------------------ its processes

    def processes(self) -> list[int]:
        """The process that was started, and all that descend from it."""
        found = [self._process.pid] if self._process else []
        for pid in found:
            with contextlib.suppress(OSError):
                for children in Path(f"/proc/{pid}/task").glob("*/children"):
                    found += map(int, children.read_text().split())
        return found

    def cpu_seconds(self) -> float:
        """User and system time of all its processes that live."""
        total = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                total += cpu_ticks(Path(f"/proc/{pid}/stat").read_text())
        return total / os.sysconf("SC_CLK_TCK")

    def worker_pss(self) -> float:
        """The largest proportional set size (MB) among the processes that the first one started."""
        sizes = [0.0]
        for pid in self.processes()[1:]:
            with contextlib.suppress(OSError):
                sizes.append(pss_mb(Path(f"/proc/{pid}/smaps_rollup").read_text()))
        return max(sizes)


def cpu_ticks(stat: str) -> int:
    """Ticks of user and system time in /proc/<pid>/stat (proc(5), fields 14 and 15; field 2 may hold anything)."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def pss_mb(smaps_rollup: str) -> float:
    """Pss in /proc/<pid>/smaps_rollup, in megabytes: pages shared with others are divided among them."""
    found = _PSS.search(smaps_rollup)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])
