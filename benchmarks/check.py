"""Are the answers right? A fast wrong answer is worth nothing."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.measure import Window
from benchmarks.prepare import Body
from benchmarks.processes import Server

SETTLE_WITHIN = 10.0
ROUNDING = 0.11
"""Points: two roundings to one decimal may fall on two sides."""

_STORED = re.compile(r'^credit_predictions_total\{[^}]*stored="table"[^}]*\} (\S+)$', re.MULTILINE)
_WAITING = re.compile(r'^credit_predictions_total\{[^}]*stored="outbox"[^}]*\} (\S+)$', re.MULTILINE)


class WrongAnswer(Exception):
    """An answer is not what it must be, or is not in the store; the message says which."""


def answers(server: Server, path: str, bodies: Sequence[Body], *, stored: bool) -> list[float]:
    """The score that each body gets. Raises WrongAnswer unless each is a 200 and, with `stored`, says it is stored."""
    scores = []
    for body in bodies:
        status, answer = server.ask("POST", path, body)
        if status != 200 or (stored and answer["stored"] is not True):
            raise WrongAnswer(f"{server.name} answered {status} to {body}: {answer}")
        scores.append(_score(answer))
    return scores


def _score(answer: dict[str, Any]) -> float:
    return float(answer["aggregated_score"] if "aggregated_score" in answer else answer["score"])


def agree(ours: Sequence[float], theirs: Sequence[float]) -> None:
    """Raise WrongAnswer unless both give the same scores."""
    for mine, other in zip(ours, theirs, strict=True):
        if abs(mine - other) > ROUNDING:
            raise WrongAnswer(f"the service gives {mine}, the FastAPI peer {other}, for the same input")


def seed(server: Server, bodies: Sequence[Body]) -> None:
    """Put customers into the store, as a bank would: by scoring them. Raises WrongAnswer."""
    for start in range(0, len(bodies), 1000):
        status, answer = server.ask("POST", "/api/v1/predict/batch", {"requests": bodies[start : start + 1000]})
        if status != 200 or not all(each.get("stored") is True for each in answer["results"]):
            raise WrongAnswer(f"existing customers could not be seeded: {status} {str(answer)[:300]}")


def records(database: Path) -> int:
    """Score records in the SQLite store."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM score_history").fetchone()[0])


def counted(exposition: str) -> tuple[int, int]:
    """Predictions that the service says it stored in the table, and in the outbox, in Prometheus's text."""
    stored, waiting = (sum(float(each) for each in name.findall(exposition)) for name in (_STORED, _WAITING))
    return int(stored), int(waiting)


def every_answer_is_stored(
    server: Server, database: Path, already: int, told: int, answered: int, unfinished: int
) -> dict[str, int]:
    """Count what is stored since the store held `already` records and the service had counted `told` of them.

    The store must hold exactly what the service counted, and all that was `answered`; a window ends while up to
    `unfinished` requests in all are under way: they are stored, too, and nobody read their answers. Raises WrongAnswer.
    """
    deadline = time.monotonic() + SETTLE_WITHIN
    while True:
        stored, waiting = counted(server.ask("GET", "/metrics")[1])
        held, said = records(database) - already, stored - told
        if held == said or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    if waiting or held != said or not answered <= held <= answered + unfinished:
        raise WrongAnswer(
            f"{answered} answers were read (up to {unfinished} more were under way), the service counted {said} stored "
            f"and {waiting} in the outbox, and the store holds {held}"
        )
    return {"answered": answered, "counted": said, "records": held}


def refused(windows: Iterable[Window]) -> list[str]:
    """A line for each window in which a request had no answer, or one of status 400 or more."""
    return [
        f"{each.server}, {each.case}: {each.load.refused} of {each.load.requests} answers had an error status, "
        f"{each.load.broken} requests had none"
        for each in windows
        if each.load.refused or each.load.broken
    ]
