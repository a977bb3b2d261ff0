"""The folder of one training job: what is to be done, how it stands, and whether its process lives.

`alive` is locked as long as the process lives, from before it was started: the kernel lets go of the lock however the
process ends. Nothing is concluded from process ids, which are given again.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path
from typing import Any, Final

import orjson

from laboratory.limits import JobLimits
from laboratory.plan import CostWeights, Plan
from laboratory.states import ENDED, JobState
from scoring.identity import stamp

GONE = "The process ended without a result: it was killed, ran out of memory, or the machine was restarted."
TOO_SLOW = "The training took longer than the {seconds:,.0f} s that a job may take."
ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Order:
    """What a job was started with. `data`: what to call its data; `dataset`: a server-side one's name, None for rows.

    `slots`: how many jobs run at once; `cores`: those that it may use.
    """

    plan: Plan
    data: str
    dataset: str | None
    created_at: str
    limits: JobLimits
    slots: int
    cores: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands; the fields are those of `laboratory.ports.Job`. `ends_by`: when its time is up (time.time)."""

    state: JobState = "queued"
    progress: float = 0.0
    stage: str = "waiting for other jobs to end"
    started_at: str | None = None
    ended_at: str | None = None
    ends_by: float | None = None
    result: Mapping[str, Any] | None = None
    problem: str | None = None
    warnings: tuple[str, ...] = ()


class JobFolder:
    """One job's folder. What is missing in it raises FileNotFoundError, what is out of reach OSError."""

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        self.log: Final = path / "log"

    # ------------------------------------------------------------ the order

    def fill(self, order: Order, rows: Sequence[Mapping[str, object]] | None) -> None:
        """Write down what is to be done, durably. TypeError: a number that JSON cannot carry on."""
        if rows is not None:
            with self._rows.open("xb") as file:
                for i in range(0, len(rows), ROWS_AT_ONCE):  # in parts: meanwhile, requests go on
                    file.writelines(orjson.dumps(row) + b"\n" for row in rows[i : i + ROWS_AT_ONCE])
                    time.sleep(0)
                file.flush()
                os.fsync(file.fileno())
        self._put("state.json", asdict(Standing()), durably=True)
        self._put("order.json", asdict(order), durably=True)

    def order(self) -> Order:
        """What is to be done."""
        read = orjson.loads((self.path / "order.json").read_bytes())
        return Order(**{**read, "plan": _plan(read["plan"]), "limits": JobLimits(**read["limits"])})

    def rows(self) -> Iterator[dict[str, object]]:
        """The rows that were sent."""
        with self._rows.open("rb") as file:
            yield from map(orjson.loads, file)

    def has_rows(self) -> bool:
        """Whether the rows that were sent are still here."""
        return self._rows.exists()

    # ------------------------------------------------------------ how it stands

    def put(self, standing: Standing) -> None:
        """Replace the standing in one step; durably once the job has ended, and without its rows."""
        ended = standing.state in ENDED
        if ended:
            self._rows.unlink(missing_ok=True)
        self._put("state.json", asdict(standing), durably=ended)

    def standing(self) -> Standing:
        """How the job stands. A job whose process is gone has ended: this says so, once and for all."""
        standing = self._read()
        if standing.state in ENDED or self.lives():
            return standing
        with (self.path / "ending").open("ab") as ending:
            flock(ending, LOCK_EX)  # of those who see it dead, one writes
            standing = self._read()
            if standing.state not in ENDED:
                standing = self._died(standing)
                self.put(standing)
        return standing

    def lives(self) -> bool:
        """Whether the job's process, or the one that is about to start it, is there."""
        with (self.path / "alive").open("rb") as alive:
            try:
                flock(alive, LOCK_SH | LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @contextmanager
    def living(self) -> Iterator[int]:
        """Hold the lock that says that the job lives; a child that is given the descriptor holds it, too."""
        with (self.path / "alive").open("ab") as alive:
            flock(alive, LOCK_EX | LOCK_NB)
            yield alive.fileno()

    def _died(self, standing: Standing) -> Standing:
        ended = replace(standing, ended_at=stamp(datetime.now(UTC)))
        if self.is_cancelled():
            return replace(ended, state="cancelled", stage="cancelled")
        late = standing.ends_by is not None and time.time() >= standing.ends_by
        problem = TOO_SLOW.format(seconds=self.order().limits.seconds) if late else GONE
        return replace(ended, state="failed", stage="failed", problem=problem)

    # ------------------------------------------------------------ its end from outside

    def cancel(self) -> None:
        """Note, durably, that nobody wants the result."""
        self._put("cancelled", True, durably=True)

    def is_cancelled(self) -> bool:
        """Whether that was noted."""
        return (self.path / "cancelled").exists()

    def put_process(self, pid: int, started: str) -> None:
        """Note which process does the job; `started`: /proc's word, which tells it from a later one of that number."""
        self._put("process", [pid, started], durably=False)

    def process(self) -> tuple[int, str] | None:
        """The same, or None when it has not said so yet."""
        with suppress(FileNotFoundError):
            pid, started = orjson.loads((self.path / "process").read_bytes())
            return pid, started
        return None

    # ------------------------------------------------------------

    @property
    def _rows(self) -> Path:
        return self.path / "rows.jsonl"

    def _read(self) -> Standing:
        read = orjson.loads((self.path / "state.json").read_bytes())
        return Standing(**{**read, "warnings": tuple(read["warnings"])})

    def _put(self, name: str, value: object, *, durably: bool) -> None:
        """A reader finds the old text or the new one, whole, whoever else writes it: threads and processes."""
        mine = self.path / f".{name}.{secrets.token_hex(8)}"
        with mine.open("wb") as file:
            file.write(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY))
            if durably:
                file.flush()
                os.fsync(file.fileno())
        mine.replace(self.path / name)
        if durably:
            sync_folder(self.path)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    place = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


def _plan(read: dict[str, Any]) -> Plan:
    """The inverse of `asdict`, after JSON made lists of the tuples."""
    return Plan(
        **{
            **read,
            "hyperparameters": {name: tuple(values) for name, values in read["hyperparameters"].items()},
            "sensitive": tuple(read["sensitive"]),
            "left_out": tuple(read["left_out"]),
            "cost": CostWeights(**read["cost"]),
        }
    )
