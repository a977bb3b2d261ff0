"""Several slow things at once, in threads that never keep a process from ending."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

Result = TypeVar("Result")


def in_parallel(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """The results of all calls, in their order; the first exception is raised when all have ended.

    One call runs in the caller's own thread.
    """
    if len(calls) <= 1:
        return [call() for call in calls]
    found: dict[int, Result] = {}
    raised: list[BaseException] = []

    def run(at: int) -> None:
        try:
            found[at] = calls[at]()
        except BaseException as error:  # it is the caller's, who waits for it
            raised.append(error)

    threads = [threading.Thread(target=partial(run, at), name="models", daemon=True) for at in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
    return [found[at] for at in range(len(calls))]
