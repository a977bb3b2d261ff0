"""What every desk of training jobs promises: the one of processes in folders, and the one in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from laboratory.jobs import LocalJobs
from laboratory.plan import CostWeights, Plan
from laboratory.ports import Job, JobEnded, LaboratoryUnavailable, TooManyJobs, TrainingJobs, UnknownJob
from laboratory.states import ENDED
from routing.ports import KeyUse
from scoring.errors import InvalidRequest, KeyReused
from tests.fakes.job import COMMAND, WARNING
from tests.fakes.jobs import MemoryJobs
from tests.fakes.polling import until

MOST_WAITING = 2
ROWS = [{"x": 1.5, "y": 0}] * 60


def only_on_y(plan: Plan, _: str | Sequence[Mapping[str, object]]) -> None:
    if plan.target != "y":
        raise InvalidRequest("There is no such column.")


@pytest.fixture(params=["memory", "folders"])
def jobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TrainingJobs]:
    made: TrainingJobs = MemoryJobs(at_once=2, most_waiting=MOST_WAITING, check=only_on_y)
    if request.param == "folders":
        made = LocalJobs(tmp_path / "jobs", COMMAND, only_on_y, at_once=2, most_waiting=MOST_WAITING)
    yield made
    for job in made.every(100):
        with suppress(JobEnded):
            made.cancel(job.id)


@pytest.fixture(params=["memory", "folders"])
def broken(request: pytest.FixtureRequest, tmp_path: Path) -> TrainingJobs:
    (tmp_path / "file").touch()
    if request.param == "memory":
        return MemoryJobs(broken=True)
    return LocalJobs(tmp_path / "file" / "jobs", COMMAND, only_on_y)


def a_plan(experiment: str, target: str = "y") -> Plan:
    return Plan(target, "xgboost", experiment=experiment)


def ended(jobs: TrainingJobs, job: Job) -> Job:
    until(lambda: jobs.find(job.id).state in ENDED)
    return jobs.find(job.id)


def running(jobs: TrainingJobs) -> Job:
    job = jobs.submit(a_plan("wait"), "german")
    until(lambda: jobs.find(job.id).stage == "at work")
    return jobs.find(job.id)


def test_a_job_is_found_again_as_it_was_asked_for(jobs: TrainingJobs) -> None:
    plan = Plan(
        "y",
        "dnn",
        {"dropout": (0.1, None), "activation": ("relu",)},
        sensitive=("sex",),
        left_out=("id", "sex"),
        cost=CostWeights(5.0, 2.0),
        default_value="bad",
        trials=7,
        experiment="wait",
    )
    made = jobs.submit(plan, ROWS)
    found = jobs.find(made.id)
    assert (found.id, found.plan, found.data, found.created_at) == (made.id, plan, "60 rows", made.created_at)
    assert made.state == "queued"


def test_of_all_that_come_with_one_key_one_begins_a_job(jobs: TrainingJobs) -> None:
    key = KeyUse("k" * 64, "body")
    assert jobs.begun_with(key) is None
    first = jobs.submit(a_plan("refuse"), "german", key)
    assert jobs.submit(a_plan("refuse"), "german", key).id == first.id
    begun = jobs.begun_with(key)
    assert begun is not None
    assert begun.id == first.id
    assert jobs.submit(a_plan("refuse"), "german").id != first.id
    assert jobs.submit(a_plan("refuse"), "german", KeyUse("l" * 64, "body")).id != first.id


def test_a_key_that_came_with_another_body_is_refused(jobs: TrainingJobs) -> None:
    jobs.submit(a_plan("refuse"), "german", KeyUse("k" * 64, "body"))
    with pytest.raises(KeyReused):
        jobs.submit(a_plan("refuse"), "german", KeyUse("k" * 64, "another"))
    assert len(jobs.every(10)) == 1


def test_a_training_that_is_refused_leaves_its_key_free(jobs: TrainingJobs) -> None:
    key = KeyUse("k" * 64, "body")
    with pytest.raises(InvalidRequest):
        jobs.submit(a_plan("refuse", target="z"), "german", key)
    assert jobs.begun_with(key) is None


def test_a_finished_job_says_what_came_of_it(jobs: TrainingJobs) -> None:
    job = ended(jobs, jobs.submit(a_plan("train"), "german"))
    assert (job.state, job.progress, job.data, job.problem) == ("finished", 1.0, "german", None)
    assert job.result is not None
    assert job.result["metrics"] == {"auc_roc": 0.75}
    assert job.warnings == (WARNING,)
    assert job.started_at is not None
    assert job.ended_at is not None
    assert job.created_at <= job.started_at <= job.ended_at


def test_a_failed_job_says_why(jobs: TrainingJobs) -> None:
    job = ended(jobs, jobs.submit(a_plan("refuse"), ROWS))
    assert (job.state, job.problem, job.result) == ("failed", "The table cannot be learnt from.", None)


def test_a_running_job_says_how_far_it_is(jobs: TrainingJobs) -> None:
    job = running(jobs)
    assert (job.state, job.progress, job.ended_at) == ("running", 0.25, None)


def test_what_cannot_be_trained_is_refused_and_no_job_begun(jobs: TrainingJobs) -> None:
    with pytest.raises(InvalidRequest):
        jobs.submit(a_plan("train", target="z"), ROWS)
    assert jobs.every(10) == []


def test_the_newest_jobs_come_first(jobs: TrainingJobs) -> None:
    ids = [jobs.submit(a_plan("train"), "german").id for _ in range(2)]
    ids.append(ended(jobs, jobs.submit(a_plan("train"), "german")).id)
    assert [job.id for job in jobs.every(10)] == ids[::-1]
    assert [job.id for job in jobs.every(2)] == ids[:0:-1]


def test_beyond_those_that_run_at_once_jobs_wait_first_come_first_served(jobs: TrainingJobs) -> None:
    first, second = running(jobs), running(jobs)
    third, fourth = (jobs.submit(a_plan("wait"), "german") for _ in range(2))
    assert [job.state for job in jobs.every(10)] == ["queued", "queued", "running", "running"]
    with pytest.raises(TooManyJobs):
        jobs.submit(a_plan("wait"), "german")
    jobs.cancel(first.id)
    until(lambda: jobs.find(third.id).state == "running")
    assert [job.state for job in jobs.every(10)] == ["queued", "running", "running", "cancelled"]
    jobs.cancel(second.id)
    until(lambda: jobs.find(fourth.id).state == "running")


@pytest.mark.parametrize("waits", [False, True])
def test_a_cancelled_job_stays_cancelled(jobs: TrainingJobs, waits: bool) -> None:
    job = running(jobs)
    if waits:
        running(jobs)
        job = jobs.submit(a_plan("wait"), "german")
    cancelled = jobs.cancel(job.id)
    assert (cancelled.state, cancelled.problem) == ("cancelled", None)
    assert cancelled.ended_at is not None
    assert jobs.find(job.id) == cancelled
    with pytest.raises(JobEnded):
        jobs.cancel(job.id)


def test_there_is_nothing_to_cancel_of_a_finished_job(jobs: TrainingJobs) -> None:
    job = ended(jobs, jobs.submit(a_plan("train"), "german"))
    with pytest.raises(JobEnded):
        jobs.cancel(job.id)
    assert jobs.find(job.id) == job


@pytest.mark.parametrize("job_id", ["job_0123456789abcdef0123", "", "..", "../jobs", "slots", "job_", "x" * 1000, "\0"])
def test_an_unknown_id_is_told_as_such(jobs: TrainingJobs, job_id: str) -> None:
    jobs.submit(a_plan("train"), "german")
    for ask in (jobs.find, jobs.cancel):
        with pytest.raises(UnknownJob):
            ask(job_id)


def test_a_desk_that_is_out_of_reach_says_so(broken: TrainingJobs) -> None:
    with pytest.raises(LaboratoryUnavailable):
        broken.submit(a_plan("train"), "german")
    with pytest.raises(LaboratoryUnavailable):
        broken.find("job_0123456789abcdef0123")
    with pytest.raises(LaboratoryUnavailable):
        broken.every(1)
