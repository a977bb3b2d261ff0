"""Group commit: one thread per process puts everything that waits into one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar, cast

Work = TypeVar("Work")
Answer = TypeVar("Answer")


class _Job(Generic[Work, Answer]):
    """A piece of work and its answer, for one who waits: a Future makes a condition and two locks for that."""

    __slots__ = ("_answer", "_error", "_waiting", "expires", "is_done", "work")

    def __init__(self, work: Work, expires: float) -> None:
        self.work, self.expires, self.is_done = work, expires, False
        self._answer: Answer | None = None
        self._error: BaseException | None = None
        self._waiting = threading.Lock()
        self._waiting.acquire()

    def finish(self, answer: Answer | None, error: BaseException | None = None) -> None:
        self._answer, self._error, self.is_done = answer, error, True
        self._waiting.release()

    def wait(self, seconds: float) -> Answer:
        if not self._waiting.acquire(timeout=seconds):
            raise TimeoutError
        if self._error is not None:
            raise self._error
        return cast("Answer", self._answer)


class Committer(Generic[Work, Answer]):
    """Runs work handed in by many threads in few transactions; each caller is answered after the commit.

    `commit` stores a group of work in one transaction and gives one answer for each, or raises and has stored nothing.
    When a group fails, each piece is tried alone, so that a bad one fails by itself. `deadline` (seconds): how long a
    caller waits. Work that nobody waits for any more is dropped if it has not begun; if it has, it may still be stored.
    The thread starts with the first piece of work: the constructor may run before a fork, `run` only after it.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[Work]], Sequence[Answer]],
        *,
        name: str,
        deadline: float,
        largest_group: int = 256,
    ) -> None:
        self._commit, self._name, self._deadline, self._largest = commit, name, deadline, largest_group
        self._jobs: SimpleQueue[_Job[Work, Answer] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def run(self, work: Work) -> Answer:
        """Have `work` stored and return its answer. TimeoutError after the deadline; else what `commit` raises."""
        if self._thread is None:
            self._start()
        job = _Job[Work, Answer](work, time.monotonic() + self._deadline)
        self._jobs.put(job)
        return job.wait(self._deadline)

    def close(self) -> None:
        """Finish what waits and end the thread; work that comes later starts a new one."""
        with self._starting:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put(None)
            thread.join(self._deadline)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            group, last = self._gather(job)
            waited_for = [each for each in group if time.monotonic() < each.expires]
            if not self._store(waited_for) and len(waited_for) > 1:
                for each in waited_for:
                    self._store([each])
            for each in group:
                if not each.is_done:
                    each.finish(None, TimeoutError())
            if last:
                return

    def _gather(self, first: _Job[Work, Answer]) -> tuple[list[_Job[Work, Answer]], bool]:
        """The first job and those that wait behind it; and whether the end was among them."""
        group = [first]
        try:
            while len(group) < self._largest:
                job = self._jobs.get_nowait()
                if job is None:
                    return group, True
                group.append(job)
        except Empty:
            pass
        return group, False

    def _store(self, group: Sequence[_Job[Work, Answer]]) -> bool:
        """Commit a group and answer its callers. False if it failed and its pieces should be tried alone."""
        if not group:
            return True
        try:
            answers = self._commit([each.work for each in group])
        except BaseException as error:
            if len(group) > 1:
                return False
            group[0].finish(None, error)
            return True
        for each, answer in zip(group, answers, strict=True):
            each.finish(answer)
        return True
