"""The training jobs of this machine: a folder and a process for each, found again after any restart of the service."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from fcntl import LOCK_EX, flock
from functools import partial
from pathlib import Path

from laboratory.job_folder import JobFolder, Order, Standing, sync_folder
from laboratory.job_keys import DAY, JobKeys
from laboratory.launch import kill, launch
from laboratory.limits import JobLimits, cores
from laboratory.plan import Plan
from laboratory.ports import Job, JobEnded, LaboratoryUnavailable, TooManyJobs, UnknownJob
from laboratory.states import ENDED
from laboratory.working import SLOTS, WAITING, taken, waiting
from routing.ports import KeyUse
from scoring.errors import InvalidRequest
from scoring.identity import stamp

COMMAND = ("-m", "training.lab.job")
ID = re.compile(r"job_[0-9a-f]{20}")
MOST_WAITING = 20
MOST_KEPT = 500
"""Ended jobs whose folders are kept."""
STALE_SECONDS = 3600.0
"""A folder that is still being filled after this time was left behind."""
END_WITHIN = 5.0
"""Seconds that a killed process may take to be gone."""
UNREACHABLE = "The folder of the training jobs is out of reach."


class _BegunMeanwhile(Exception):
    """Another request with the same key has begun this job."""


Check = Callable[[Plan, "str | Sequence[Mapping[str, object]]"], None]


class LocalJobs:
    """Implements laboratory.ports.TrainingJobs in a folder. Safe to share between threads, and between processes.

    `command`: what becomes a job's process; it is given the job's folder and the descriptor of its lock. `check` raises
    InvalidRequest for what cannot be trained. Nothing is opened before the first use.
    """

    def __init__(
        self,
        folder: Path,
        command: Sequence[str],
        check: Check,
        *,
        limits: JobLimits = JobLimits(),  # noqa: B008 (frozen)
        at_once: int = 2,
        most_waiting: int = MOST_WAITING,
        most_kept: int = MOST_KEPT,
        key_seconds: float = DAY,
    ) -> None:
        self.folder, self._command, self._check = folder.absolute(), tuple(command), check
        self._limits, self._at_once = limits, at_once
        self._most_waiting, self._most_kept = most_waiting, most_kept
        self._keys = JobKeys(self.folder / "keys", key_seconds)

    def submit(self, plan: Plan, data: str | Sequence[Mapping[str, object]], key: KeyUse | None = None) -> Job:
        """See TrainingJobs."""
        if key and (begun := self.begun_with(key)):
            return begun
        self._check(plan, data)
        with _reached():
            for each in (SLOTS, WAITING, "coming"):
                (self.folder / each).mkdir(parents=True, exist_ok=True)
            self._refuse_too_many()
            coming = self.folder / "coming" / secrets.token_hex(8)
            coming.mkdir(mode=0o700)
            try:
                folder, order = self._begin(JobFolder(coming), plan, data, key)
            except _BegunMeanwhile as begun:
                return self.find(str(begun))
            finally:
                shutil.rmtree(coming, ignore_errors=True)
            return _job(folder, order, folder.standing())

    def begun_with(self, key: KeyUse) -> Job | None:
        """See TrainingJobs."""
        with _reached():
            job_id = self._keys.job_of(key)
        with suppress(UnknownJob):  # it was never begun, or is long let go of
            return self.find(job_id) if job_id else None
        return None

    def find(self, job_id: str) -> Job:
        """See TrainingJobs."""
        folder = self._known(job_id)
        with _reached():
            try:
                return _job(folder, folder.order(), folder.standing())
            except FileNotFoundError as error:
                raise _unknown(job_id) from error

    def every(self, limit: int) -> Sequence[Job]:
        """See TrainingJobs."""
        found: list[Job] = []
        with _reached():
            for job_id in reversed(self._ids()):
                if len(found) >= limit:
                    break
                with suppress(UnknownJob):  # let go of in this moment
                    found.append(self.find(job_id))
        return found

    def cancel(self, job_id: str) -> Job:
        """See TrainingJobs."""
        if self.find(job_id).state in ENDED:
            raise JobEnded("The job has ended: there is nothing to cancel.")
        folder = self._known(job_id)
        with _reached():
            folder.cancel()
            latest = time.monotonic() + END_WITHIN
            while (standing := folder.standing()).state not in ENDED and time.monotonic() < latest:
                if process := folder.process():
                    kill(*process)
                time.sleep(0.01)
            if standing.state in ENDED and standing.state != "cancelled":
                raise JobEnded("The job ended before it could be cancelled.")
            return _job(folder, folder.order(), standing)

    # ------------------------------------------------------------

    def _begin(
        self, coming: JobFolder, plan: Plan, data: str | Sequence[Mapping[str, object]], key: KeyUse | None
    ) -> tuple[JobFolder, Order]:
        rows = None if isinstance(data, str) else data
        order = Order(
            plan=plan,
            data=data if isinstance(data, str) else f"{len(data):,} rows",
            dataset=data if isinstance(data, str) else None,
            created_at=stamp(datetime.now(UTC)),
            limits=self._limits,
            slots=self._at_once,
            cores=tuple(cores()),
        )
        with coming.living() as alive:
            try:
                coming.fill(order, rows)
            except TypeError:  # orjson: more than 64 bits
                raise InvalidRequest("The data hold a whole number of more than 64 bits.") from None
            with self._alone():
                if key and (begun := self.begun_with(key)):
                    raise _BegunMeanwhile(begun.id)
                self._refuse_too_many()
                job_id = f"job_{time.time_ns() // 1000:014x}{secrets.token_hex(3)}"
                folder = JobFolder(self.folder / job_id)
                if key:
                    self._keys.keep(key, job_id)
                coming.path.rename(folder.path)
                (self.folder / WAITING / job_id).touch()
                sync_folder(self.folder)
                self._let_go_of_old_ones()
            try:
                launch(self._command, folder, alive, partial(_settle, folder))
            except OSError:
                shutil.rmtree(folder.path, ignore_errors=True)
                raise
        return folder, order

    def _refuse_too_many(self) -> None:
        under_way = len(waiting(self.folder)) + taken(self.folder)
        if under_way >= self._at_once + self._most_waiting:
            raise TooManyJobs(f"{self._most_waiting} training jobs wait already.")

    def _let_go_of_old_ones(self) -> None:
        self._keys.forget_old_ones()
        ids = self._ids()
        for job_id in ids:
            folder = JobFolder(self.folder / job_id)
            with suppress(OSError):
                if folder.has_rows():  # of a job that died and that nobody asked for: nothing of it is kept
                    folder.standing()
        for job_id in ids[: max(0, len(ids) - self._most_kept)]:
            folder = JobFolder(self.folder / job_id)
            with suppress(OSError):
                if folder.standing().state in ENDED:
                    shutil.rmtree(folder.path, ignore_errors=True)
        for left in (self.folder / "coming").iterdir():
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > STALE_SECONDS:
                    shutil.rmtree(left, ignore_errors=True)

    def _ids(self) -> list[str]:
        """All ids, the oldest first."""
        try:
            return sorted(each.name for each in self.folder.iterdir() if ID.fullmatch(each.name))
        except FileNotFoundError:  # before the first job
            return []

    def _known(self, job_id: str) -> JobFolder:
        if not ID.fullmatch(job_id):
            raise _unknown(job_id)
        return JobFolder(self.folder / job_id)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Of all threads and processes that begin jobs, one is in here."""
        with (self.folder / "beginning").open("ab") as lock:
            flock(lock, LOCK_EX)
            yield


def _settle(folder: JobFolder) -> None:
    """Note the end of a process that did not note it itself."""
    with suppress(OSError):  # let go of meanwhile, or out of reach: the next reader does it
        folder.standing()


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LaboratoryUnavailable(UNREACHABLE) from error


def _unknown(job_id: str) -> UnknownJob:
    return UnknownJob(f"There is no training job {job_id[:64]} on this machine.")


def _job(folder: JobFolder, order: Order, standing: Standing) -> Job:
    return Job(
        id=folder.path.name,
        plan=order.plan,
        data=order.data,
        state=standing.state,
        progress=standing.progress,
        stage=standing.stage,
        created_at=order.created_at,
        started_at=standing.started_at,
        ended_at=standing.ended_at,
        result=standing.result,
        problem=standing.problem,
        warnings=standing.warnings,
    )
