"""The request worker's side of its analyst: a child process that is asked one task at a time."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from laboratory.analysing import Terms
from laboratory.carried import heard
from laboratory.frames import packed, receive, send
from laboratory.launch import ROOT, environment
from laboratory.limits import cores
from laboratory.ports import LaboratoryUnavailable

COMMAND = ("-m", "bootstrap.analyst")
ARCHIVE = ("CUSTOMER_TABLE_NAME", "DATABASE_URL", "PGPASSFILE", "PGSSLROOTCERT")
"""What an analyst is told beyond what a training job is: where the predictions lie."""
START_SECONDS = 30.0
"""For the interpreter and the libraries of a first task, on a busy machine."""
GRACE = 0.5
"""For it to end by itself, once nobody can ask it anything."""

log = logging.getLogger(__name__)


class AnalystDefect(RuntimeError):
    """A task failed as no task should: the log says where."""


class ChildAnalyst:
    """Implements laboratory.ports.Analyst. Safe to share between threads; nothing starts before the first task.

    `command`: what becomes the analyst, given its Terms as JSON. `seconds`: of one task, and of the wait for a turn;
    `most_waiting`: tasks that wait while one is done. It ends when this process does, also by SIGKILL.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        seconds: float = 60.0,
        start_seconds: float = START_SECONDS,
        idle_seconds: float = 600.0,
        memory_bytes: int = 4 << 30,
        most_waiting: int = 3,
    ) -> None:
        self._command, self._start_seconds = tuple(command), start_seconds
        self._seconds, self._idle_seconds, self._memory_bytes = seconds, idle_seconds, memory_bytes
        self._places, self._turn = threading.Semaphore(1 + most_waiting), threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def run(self, task: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """See Analyst. A task that fails by a defect raises AnalystDefect."""
        if not self._places.acquire(blocking=False):
            raise LaboratoryUnavailable("The laboratory is busy with other analyses.")
        try:
            if not self._turn.acquire(timeout=self._seconds):
                raise LaboratoryUnavailable("The laboratory was busy with other analyses for too long.")
            try:
                heard_back = self._ask(packed({"task": task, "body": body}), task)
            finally:
                self._turn.release()
        finally:
            self._places.release()
        return _read(heard_back, task)

    def close(self) -> None:
        """End the analyst, if there is one that has nothing to do. A later task starts another."""
        if self._turn.acquire(blocking=False):
            try:
                self._stop()
            finally:
                self._turn.release()

    # ------------------------------------------------------------ within one's turn

    def _ask(self, message: bytes, task: str) -> Mapping[str, Any]:
        was_there = self._child is not None
        try:
            return self._exchange(message)
        except TimeoutError:
            self._stop()
            log.warning("a task took too long", extra={"task": task})
            raise LaboratoryUnavailable(f"The analysis took longer than {self._seconds:g} s.") from None
        except (EOFError, BrokenPipeError):
            status = self._stop()
            if was_there and status == 0:  # it was about to end, for nobody had asked anything
                return self._ask(message, task)
            log.warning("the analyst ended in a task", extra={"task": task, "status": status})
            raise LaboratoryUnavailable("The process of the analysis ended without an answer.") from None
        except OSError as error:
            self._stop()
            raise LaboratoryUnavailable("The process of the analysis cannot be started.") from error

    def _exchange(self, message: bytes) -> Mapping[str, Any]:
        seconds = self._seconds
        if self._child is None:
            self._child = self._start()
            seconds += self._start_seconds
        deadline = time.monotonic() + seconds
        assert self._child.stdin is not None and self._child.stdout is not None  # noqa: S101, PT018 (they are pipes)
        send(self._child.stdin.fileno(), message, deadline)
        answer: Mapping[str, Any] = receive(self._child.stdout.fileno(), deadline)
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        terms = Terms(tuple(cores()), self._memory_bytes, self._seconds + self._start_seconds, self._idle_seconds)
        child = subprocess.Popen(  # noqa: S603 (our own command)
            [*self._command, json.dumps(asdict(terms))],
            cwd=ROOT,
            env=environment(os.environ, ARCHIVE),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            process_group=0,  # not a session: see launch
        )
        assert child.stdin is not None  # noqa: S101 (it is a pipe)
        os.set_blocking(child.stdin.fileno(), False)
        return child

    def _stop(self) -> int | None:
        """End the child if it has not ended, and reap it; its status, where it ended by itself."""
        child, self._child = self._child, None
        if child is None:
            return None
        with child:
            assert child.stdin is not None  # noqa: S101 (it is a pipe)
            child.stdin.close()
            try:
                return child.wait(GRACE)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
        return None


def _read(answer: Mapping[str, Any], task: str) -> dict[str, Any]:
    """The answer of a task, or the error that it was."""
    if "error" in answer:
        raise heard(answer["error"])
    if "missing" in answer:
        raise LaboratoryUnavailable("The laboratory's libraries are not installed on this machine.")
    if "defect" in answer:
        log.error("a task failed", extra={"task": task, "where": answer["defect"]})
        raise AnalystDefect(task)
    found: dict[str, Any] = answer["answer"]
    return found
