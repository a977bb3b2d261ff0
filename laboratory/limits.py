"""What a process of the laboratory may use of a machine whose first duty is to answer requests."""

from __future__ import annotations

import os
import resource
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

LARGEST_FILE = 4 << 30
"""Bytes of the largest file that such a process writes."""
POLITE = 10
"""Niceness of an analyst: a tenth of what a request worker gets, and far more than a training job."""


@dataclass(frozen=True, slots=True)
class JobLimits:
    """`seconds` of wall clock that one training may take, `memory_bytes` that it may use."""

    seconds: float = 3600.0
    memory_bytes: int = 8 << 30


def cores() -> list[int]:
    """The cores of the whole service. A request worker is pinned to one of them, its parent is not."""
    mine = os.sched_getaffinity(0)
    if len(mine) == 1:
        with suppress(OSError):
            return sorted(os.sched_getaffinity(os.getppid()))
    return sorted(mine)


def spread(over: Sequence[int]) -> None:
    """Let this process use these cores, whatever the one that started it was pinned to."""
    with suppress(OSError):  # where this is not allowed, it shares the worker's core
        os.sched_setaffinity(0, over)


def stand_back() -> None:
    """Run only while a core is idle. Such a process also waits for the disk behind all others."""
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except OSError:
        with suppress(OSError):  # where neither is allowed, it is one among others
            os.nice(19)


def be_polite() -> None:
    """Get out of the way of request workers, but not behind training jobs: somebody waits for the answer."""
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    with suppress(OSError):
        os.nice(POLITE)


def bound(memory_bytes: int) -> None:
    """Bound private writable memory and file size, from here on and in all children.

    Not the address space (RLIMIT_AS): libraries map gigabytes that they never touch.
    """
    for what, most in (
        (resource.RLIMIT_DATA, memory_bytes),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
