"""The analyst's own process: it takes one task after the other from its request worker, until that is gone."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from laboratory import limits
from laboratory.bench import TASKS, Bench, task
from laboratory.carried import told
from laboratory.frames import packed, receive, send
from laboratory.working import where
from scoring.errors import InvalidRequest, ServiceError

TOO_MUCH_MEMORY = "These data need more memory than an analysis may take: send fewer rows or columns."
QUIET = 1.0
"""Seconds without a request after which something else may be done."""
LATE = 5.0
"""Seconds after which a task that its worker has given up ends by itself, should the worker be gone, too."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What an analyst may use: cores, memory, seconds of one task, seconds to wait for the next one."""

    cores: tuple[int, ...]
    memory_bytes: int
    seconds: float
    idle_seconds: float


def serve(terms: Terms, open_bench: Callable[[], Bench], tasks: Mapping[str, str] = TASKS) -> None:
    """The main of an analyst: returns when its worker is gone, or has asked nothing for a while.

    What libraries print goes nowhere: it may hold values of the data.
    """
    asked, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for place in (0, 1, 2):
        os.dup2(nowhere, place)
    limits.spread(terms.cores)
    limits.be_polite()
    limits.bound(terms.memory_bytes)
    bench: Bench | None = None
    unread: list[str] = []
    with suppress(EOFError, BrokenPipeError):
        while _waits(asked, terms.idle_seconds, unread, tasks):
            request = receive(asked)
            signal.setitimer(signal.ITIMER_REAL, terms.seconds + LATE)  # unhandled, and so the end
            try:
                if bench is None:
                    bench, unread = open_bench(), list(tasks)
                answer, goes_on = _answer(request, bench, tasks), True
            except MemoryError:
                answer, goes_on = packed({"error": told(InvalidRequest(TOO_MUCH_MEMORY))}), False
            signal.setitimer(signal.ITIMER_REAL, 0)
            send(answers, answer)
            if not goes_on:
                return


def _answer(request: Mapping[str, Any], bench: Bench, tasks: Mapping[str, str]) -> bytes:
    try:
        return packed({"answer": task(request["task"], tasks)(request["body"], bench)})
    except MemoryError:
        raise
    except ModuleNotFoundError as error:
        if not error.name or _is_ours(error.name):
            return packed({"defect": where(error)})
        return packed({"missing": error.name})
    except ServiceError as error:
        return packed({"error": body} if (body := told(error)) else {"defect": where(error)})
    except Exception as error:
        return packed({"defect": where(error)})


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in ("laboratory", "explanation", "monitoring", "evaluation", "model_store", "db")


def _waits(asked: int, seconds: float, unread: list[str], tasks: Mapping[str, str]) -> bool:
    """Whether there is a request, or the end, within some time.

    In quiet moments tasks are imported, so that the first one of its kind is answered sooner.
    """
    poll = select.poll()
    poll.register(asked, select.POLLIN)
    while unread:
        if poll.poll(min(QUIET, seconds) * 1000):
            return True
        with suppress(Exception):  # whoever asks for it is told
            task(unread.pop(), tasks)
    return bool(poll.poll(seconds * 1000))
