"""Training jobs in memory: what becomes of one stands in its plan's experiment, as for `tests.fakes.job`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from laboratory.plan import Plan
from laboratory.ports import Job, JobEnded, LaboratoryUnavailable, TooManyJobs, UnknownJob
from laboratory.states import ENDED
from routing.ports import KeyUse
from scoring.errors import KeyReused
from tests.fakes.job import WARNING

AT = "2026-01-01T00:00:00.000000Z"


@dataclass
class MemoryJobs:
    """TrainingJobs in a dictionary. A job is done at once, unless its experiment is "wait"; `broken`: out of reach."""

    at_once: int = 2
    most_waiting: int = 20
    broken: bool = False
    check: Callable[[Plan, str | Sequence[Mapping[str, object]]], None] = lambda _plan, _data: None
    jobs: dict[str, Job] = field(default_factory=dict)
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)

    def submit(self, plan: Plan, data: str | Sequence[Mapping[str, object]], key: KeyUse | None = None) -> Job:
        if key and (begun := self.begun_with(key)):
            return begun
        self.check(plan, data)
        self._reach()
        if sum(each.state == "queued" for each in self.jobs.values()) >= self.most_waiting:
            raise TooManyJobs("Too many wait.")
        name = data if isinstance(data, str) else f"{len(data):,} rows"
        job = Job(f"job_{len(self.jobs):020x}", plan, name, "queued", 0.0, "waiting", AT)
        self.jobs[job.id] = job
        if key:
            self.keys[key.key] = (job.id, key.body_digest)
        self._go_on()
        return job

    def begun_with(self, key: KeyUse) -> Job | None:
        self._reach()
        job_id, digest = self.keys.get(key.key, ("", key.body_digest))
        if digest != key.body_digest:
            raise KeyReused("Another body.")
        return self.jobs.get(job_id)

    def find(self, job_id: str) -> Job:
        self._reach()
        if job_id not in self.jobs:
            raise UnknownJob("There is no such job.")
        return self.jobs[job_id]

    def every(self, limit: int) -> Sequence[Job]:
        self._reach()
        return list(reversed(self.jobs.values()))[:limit]

    def cancel(self, job_id: str) -> Job:
        job = self.find(job_id)
        if job.state in ENDED:
            raise JobEnded("It has ended.")
        self.jobs[job_id] = replace(job, state="cancelled", stage="cancelled", ended_at=AT)
        self._go_on()
        return self.jobs[job_id]

    def _reach(self) -> None:
        if self.broken:
            raise LaboratoryUnavailable("Out of reach.")

    def _go_on(self) -> None:
        for job in [each for each in self.jobs.values() if each.state == "queued"]:
            if sum(each.state == "running" for each in self.jobs.values()) < self.at_once:
                self.jobs[job.id] = _done(replace(job, state="running", progress=0.25, stage="at work", started_at=AT))


def _done(job: Job) -> Job:
    if job.plan.experiment == "wait":
        return job
    if job.plan.experiment == "refuse":
        return replace(job, state="failed", stage="failed", ended_at=AT, problem="The table cannot be learnt from.")
    result = {"run_id": "run", "metrics": {"auc_roc": 0.75}, "model_version": "v1", "data": {"digest": "d"}}
    return replace(
        job, state="finished", progress=1.0, stage="finished", ended_at=AT, result=result, warnings=(WARNING,)
    )
