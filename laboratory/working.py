"""What every training job's process does around the training: its turn, its limits, its progress, its end.

Imports nothing heavy: a job that waits for its turn costs an interpreter and nothing more.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path
from typing import Any, Final

from laboratory import limits
from laboratory.job_folder import JobFolder, Standing
from laboratory.launch import started_at
from scoring.identity import stamp

SLOTS: Final = "slots"
WAITING: Final = "waiting"
LOOK_EVERY = 0.2
"""Seconds between a waiting job's looks at the slots."""
TELL_EVERY = 0.3
"""Seconds between two notes of progress."""
DEFECT = "A defect of the laboratory ended the training; the job's log on the server says where."
TOO_MUCH_MEMORY = "The training needs more memory than a job may take. Fewer rows, columns or settings need less."


class Refused(Exception):
    """The training cannot be done as asked; the message says why, fit for whoever asked."""


class _Cancelled(BaseException):
    """Nobody wants the result: not an Exception, which the training might handle."""


@dataclass
class Work:
    """A job in its own process. `progress` is `training.lab.words.Progress`."""

    folder: JobFolder
    standing: Standing
    _told: float = field(default=0.0, init=False)

    def progress(self, share: float, stage: str) -> None:
        """Note how far it is, at most a few times a second. The share never falls."""
        if self.folder.is_cancelled():
            raise _Cancelled
        share = max(self.standing.progress, min(float(share), 1.0))
        now, is_news = time.monotonic(), stage != self.standing.stage
        self.standing = replace(self.standing, progress=share, stage=stage)
        if is_news or now >= self._told + TELL_EVERY:
            self._told = now
            self.folder.put(self.standing)

    def warn(self, warnings: tuple[str, ...]) -> None:
        """Add what the job's owner should know."""
        self.standing = replace(self.standing, warnings=(*self.standing.warnings, *warnings))
        self.folder.put(self.standing)


def work(make: Callable[[Work], Mapping[str, Any]]) -> None:
    """The main of a job's process: `make` gives the result. Raises nothing; the folder tells how it ended.

    `make` raises Refused for what its owner can change. Anything else is a defect: the log says where it arose and
    not what the message was, for that may hold values of the data.
    """
    folder = JobFolder(Path(sys.argv[1]))
    alive = int(sys.argv[2])
    os.set_inheritable(alive, False)  # a child of ours must not keep a dead job alive
    folder.put_process(os.getpid(), started_at(os.getpid()))
    order = folder.order()
    limits.spread(order.cores)
    limits.stand_back()
    limits.bound(order.limits.memory_bytes)
    with suppress(_Cancelled):
        slot = _slot(folder, order.slots)
        with slot:
            ends_by = time.time() + order.limits.seconds
            signal.setitimer(signal.ITIMER_REAL, order.limits.seconds)  # unhandled, and so the end
            now = stamp(datetime.now(UTC))
            doing = Work(folder, Standing(state="running", stage="starting", started_at=now, ends_by=ends_by))
            folder.put(doing.standing)
            _run(doing, make)


def _run(doing: Work, make: Callable[[Work], Mapping[str, Any]]) -> None:
    problem = result = None
    try:
        result = make(doing)
    except Refused as error:
        problem = str(error)
    except MemoryError:
        problem = TOO_MUCH_MEMORY
    except Exception as error:
        problem = DEFECT
        print(where(error), file=sys.stderr, flush=True)  # noqa: T201 (into the log)
    ended = replace(doing.standing, ended_at=stamp(datetime.now(UTC)))
    if problem is None:
        ended = replace(ended, state="finished", progress=1.0, stage="finished", result=result)
    else:
        ended = replace(ended, state="failed", stage="failed", problem=problem)
    doing.folder.put(ended)


def where(error: BaseException) -> str:
    """The classes of an error and of its causes, and the lines that they passed through."""
    lines = []
    each: BaseException | None = error
    while each is not None:
        lines.append(f"{type(each).__module__}.{type(each).__qualname__}")
        lines += [f"  {at.filename}:{at.lineno} in {at.name}" for at in traceback.extract_tb(each.__traceback__)]
        each = each.__cause__ or each.__context__
    return "\n".join(lines)


def _slot(folder: JobFolder, count: int) -> Any:
    """Wait for one's turn: first come, first served. The open file's lock is the slot, and ends with this process."""
    desk, mine = folder.path.parent, folder.path.name
    while True:
        if folder.is_cancelled():
            raise _Cancelled
        if not any(each < mine for each in waiting(desk)):
            for i in range(count):
                file = (desk / SLOTS / str(i)).open("ab")
                with suppress(BlockingIOError):
                    flock(file, LOCK_EX | LOCK_NB)
                    (desk / WAITING / mine).unlink(missing_ok=True)
                    return file
                file.close()
        time.sleep(LOOK_EVERY)


def waiting(desk: Path) -> list[str]:
    """The ids of the jobs that wait. Those that died while they waited are let go of."""
    found = []
    for each in sorted((desk / WAITING).iterdir()):
        with suppress(FileNotFoundError):
            if JobFolder(desk / each.name).lives():
                found.append(each.name)
                continue
        each.unlink(missing_ok=True)
    return found


def taken(desk: Path) -> int:
    """How many slots are taken."""
    count = 0
    for each in (desk / SLOTS).iterdir():
        with each.open("rb") as file:
            try:
                flock(file, LOCK_SH | LOCK_NB)
            except BlockingIOError:
                count += 1
    return count
