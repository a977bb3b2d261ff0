"""Training jobs as processes: whatever ends one, or the service, its job is told as what it is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import pytest

from laboratory.job_folder import GONE, JobFolder, Standing
from laboratory.jobs import LocalJobs
from laboratory.limits import JobLimits
from laboratory.plan import Plan
from laboratory.ports import Job, JobEnded, LaboratoryUnavailable
from laboratory.states import ENDED
from laboratory.working import DEFECT, TOO_MUCH_MEMORY
from scoring.errors import InvalidRequest
from tests.fakes.job import COMMAND
from tests.fakes.polling import until
from tests.fakes.running import ROOT

HEAVY = {"numpy", "torch", "sklearn", "pandas", "scipy", "xgboost", "lightgbm", "mlflow", "onnxruntime", "pydantic"}


class Jobs(LocalJobs):
    """A desk that checks nothing, and remembers its folder."""

    def __init__(self, folder: Path, seconds: float = 60.0, **more: int) -> None:
        limits = JobLimits(seconds=seconds, memory_bytes=1 << 30)
        super().__init__(folder, COMMAND, lambda _plan, _data: None, limits=limits, **more)

    def begin(self, what: str, rows: bool = False) -> Job:
        return self.submit(Plan("y", "xgboost", experiment=what), [{"x": 1, "y": 0}] * 60 if rows else "german")

    def ended(self, job: Job) -> Job:
        until(lambda: self.find(job.id).state in ENDED)
        return self.find(job.id)

    def at_work(self) -> tuple[Job, int]:
        """A running job and its process."""
        job = self.begin("wait")
        until(lambda: self.find(job.id).stage == "at work")
        process = JobFolder(self.folder / job.id).process()
        assert process is not None
        return job, process[0]


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    made = Jobs(tmp_path / "jobs")
    yield made
    for job in made.every(100):
        with suppress(JobEnded):
            made.cancel(job.id)


def test_a_killed_job_has_failed_and_says_so_for_ever(jobs: Jobs) -> None:
    job, pid = jobs.at_work()
    os.kill(pid, signal.SIGKILL)
    failed = jobs.ended(job)
    assert (failed.state, failed.problem) == ("failed", GONE)
    assert failed.started_at is not None
    assert failed.ended_at is not None
    assert jobs.find(job.id) == failed == Jobs(jobs.folder).find(job.id)
    with pytest.raises(JobEnded):
        jobs.cancel(job.id)


def test_a_killed_job_leaves_its_slot_to_the_next(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs", at_once=1)
    _, pid = jobs.at_work()
    waiting = jobs.begin("train")
    assert jobs.find(waiting.id).state == "queued"
    os.kill(pid, signal.SIGKILL)
    assert jobs.ended(waiting).state == "finished"


def test_a_job_that_is_killed_while_it_waits_has_failed_and_no_longer_waits(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs", at_once=1, most_waiting=1)
    first, _ = jobs.at_work()
    second = jobs.begin("train")
    folder = JobFolder(jobs.folder / second.id)
    until(lambda: folder.process() is not None)
    os.kill(folder.process()[0], signal.SIGKILL)  # type: ignore[index]  # it is there
    assert jobs.ended(second).problem == GONE
    third = jobs.begin("train")
    jobs.cancel(first.id)
    assert jobs.ended(third).state == "finished"


def test_another_desk_on_the_same_folder_follows_and_cancels_what_runs(jobs: Jobs) -> None:
    job, pid = jobs.at_work()
    restarted = Jobs(jobs.folder)
    assert restarted.find(job.id) == jobs.find(job.id)
    assert restarted.cancel(job.id).state == "cancelled"
    until(lambda: not Path(f"/proc/{pid}").exists())


def test_cancelling_ends_what_the_job_has_started_itself(jobs: Jobs) -> None:
    job = jobs.begin("children")
    until(lambda: jobs.find(job.id).stage.startswith("child "))
    child = int(jobs.find(job.id).stage.removeprefix("child "))
    jobs.cancel(job.id)
    until(lambda: _is_gone(child))


SUBMITTER = """
import sys
from pathlib import Path
from tests.unit.laboratory.test_jobs import Jobs
job, _ = Jobs(Path(sys.argv[1])).at_work()
print(job.id, flush=True)
sys.stdin.read()
"""


def test_a_job_goes_on_when_the_process_that_submitted_it_is_killed(jobs: Jobs) -> None:
    command = [sys.executable, "-c", SUBMITTER, str(jobs.folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        job_id = worker.stdout.readline().strip()
        worker.kill()
    assert jobs.find(job_id).state == "running"
    assert jobs.cancel(job_id).state == "cancelled"


def test_a_job_that_was_never_started_has_failed(jobs: Jobs) -> None:
    with patch("laboratory.jobs.launch"):  # as if the worker were killed just before
        job = jobs.begin("train")
    assert jobs.find(job.id).problem == GONE
    assert jobs.ended(jobs.begin("train")).state == "finished"


def test_a_program_that_cannot_be_started_leaves_no_job(jobs: Jobs) -> None:
    with patch.object(jobs, "_command", ("/there/is/no/such/program",)), pytest.raises(LaboratoryUnavailable):
        jobs.begin("train")
    assert jobs.every(10) == []
    assert not list((jobs.folder / "coming").iterdir())


def test_a_job_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs", seconds=0.5)
    failed = jobs.ended(jobs.begin("wait"))
    assert failed.state == "failed"
    assert "longer than" in str(failed.problem)


def test_a_job_that_takes_too_much_memory_has_failed(jobs: Jobs) -> None:
    assert jobs.ended(jobs.begin("memory")).problem == TOO_MUCH_MEMORY


def test_a_defect_is_told_without_its_message_which_may_hold_data(jobs: Jobs) -> None:
    job = jobs.begin("defect", rows=True)
    assert jobs.ended(job).problem == DEFECT
    log = (jobs.folder / job.id / "log").read_text()
    assert "ValueError" in log
    assert "tests/fakes/job.py" in log
    assert "secret" not in log


def test_a_job_stands_behind_requests_uses_all_cores_and_knows_no_secrets(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {"SECRET_KEY": "s" * 40, "API_KEY_HASHES": "x", "DATABASE_URL": "postgresql://u:p@h/n"}
    for name, value in {**secrets, "AWS_ACCESS_KEY_ID": "needed", "DATA_DIR": "here"}.items():
        monkeypatch.setenv(name, value)
    every = os.sched_getaffinity(0)
    with (jobs.folder.parent / "of the worker").open("w") as opened:
        os.set_inheritable(opened.fileno(), True)  # as a listening socket may be
        os.sched_setaffinity(0, {min(every)})  # as a request worker is
        try:
            job = jobs.ended(jobs.begin("train"))
        finally:
            os.sched_setaffinity(0, every)
    found = job.result
    assert found is not None
    assert set(found["cores"]) == os.sched_getaffinity(os.getppid())
    assert found["policy"] == os.SCHED_IDLE
    assert not secrets.keys() & set(found["environment"])
    assert {"AWS_ACCESS_KEY_ID", "DATA_DIR", "OMP_NUM_THREADS"} <= set(found["environment"])
    assert set(found["open"]) == {str(jobs.folder / job.id / name) for name in ("log", "alive")} | {"/dev/null", "slot"}
    assert not HEAVY & set(found["imported"])


def test_the_rows_go_when_the_job_ends(jobs: Jobs) -> None:
    job = jobs.ended(jobs.begin("train", rows=True))
    assert job.result is not None
    assert job.result["rows"] == 60
    killed = jobs.ended(jobs.begin("killed", rows=True))
    for each in (job, killed):
        assert not (jobs.folder / each.id / "rows.jsonl").exists()


def test_the_rows_of_a_job_that_died_unseen_go_with_the_next_job(jobs: Jobs) -> None:
    finished = jobs.ended(jobs.begin("train"))
    folder = JobFolder(jobs.folder / finished.id)
    until(lambda: not folder.lives())
    folder.put(Standing(state="running"))  # as if the machine had lost its power meanwhile
    (folder.path / "rows.jsonl").write_bytes(b'{"x":1,"y":0}')
    assert folder.has_rows()
    jobs.begin("train")
    assert not folder.has_rows()


def test_a_file_that_many_threads_write_is_always_whole(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        written = [pool.submit(folder.cancel) for _ in range(200)]
    assert [each.exception() for each in written] == [None] * 200
    assert [each.name for each in tmp_path.iterdir()] == ["cancelled"]


def test_a_number_that_json_cannot_carry_on_is_refused(jobs: Jobs) -> None:
    with pytest.raises(InvalidRequest, match="64 bits"):
        jobs.submit(Plan("y", "xgboost"), [{"x": 2**70, "y": 1}])
    assert jobs.every(10) == []


def test_old_jobs_that_ended_are_let_go_of(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs", most_kept=2)
    running, _ = jobs.at_work()
    _, second, third = (jobs.ended(jobs.begin("refuse")) for _ in range(3))
    assert [each.id for each in jobs.every(10)] == [third.id, second.id, running.id]
    jobs.cancel(running.id)


def test_a_finished_job_leaves_no_zombie(jobs: Jobs) -> None:
    folder = JobFolder(jobs.folder / jobs.ended(jobs.begin("train")).id)
    process = folder.process()
    assert process is not None
    until(lambda: not Path(f"/proc/{process[0]}").exists())


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
