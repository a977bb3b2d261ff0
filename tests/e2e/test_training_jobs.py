"""Training over HTTP on a real gunicorn: from a POST to a model, and whatever becomes of the worker meanwhile."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from tests.fakes.running import Running, until

ROWS = [
    {
        "age": 20 + i % 50,
        "income": 20_000 + 1000 * (i * 37 % 90),
        "loan_amount": 1000 * (1 + i * 53 % 40),
        "default": int((i * 37 % 90) < (i * 53 % 40)),
    }
    for i in range(600)
]
BODY = {
    "data": ROWS,
    "target": "default",
    "model_type": "logistic_regression",
    "hyperparameters": {"C": [0.1, 1.0]},
    "experiment_name": "end to end",
}
FAKE = {"TEST_JOB": "tests.fakes.job_at_once"}


class Lab(Running):
    """A service with the laboratory's jobs."""

    def __init__(self, data_dir: Path, settings: dict[str, str] | None = None, workers: int = 1) -> None:
        super().__init__(data_dir, settings, workers)
        self._command[-1] = "tests.fakes.lab_wsgi:app"

    def begin(self, **more: Any) -> str:
        """Begin a job; its path."""
        answer = self.call("POST", "/api/train", {**BODY, **more})
        assert answer.status == 202, answer
        return answer.headers["Location"]

    def job(self, path: str) -> dict[str, Any]:
        answer = self.call("GET", path)
        assert answer.status == 200, answer
        found: dict[str, Any] = answer.body
        return found

    def until(self, path: str, **wanted: str) -> dict[str, Any]:
        """The job once it stands so."""
        until(lambda: wanted.items() <= self.job(path).items(), lambda: f"{self.job(path)}"[:2_000])
        return self.job(path)


def test_a_model_is_trained_tracked_and_published(data_dir: Path) -> None:
    with Lab(data_dir) as service:
        path = service.begin()
        # It runs only while a core is idle: beside other tests that takes its time.
        until(lambda: service.job(path)["ended_at"] is not None, patience=240)
        job = service.job(path)
        assert job["state"] == "finished", job["problem"]
        assert job["metrics"]["auc_roc"] > 0.9
        assert (data_dir / "models" / "lab_logistic_regression").is_dir()
        assert job["run_id"]
        assert job["model_version"]


def test_a_job_outlives_its_worker_and_a_restart_of_the_service(data_dir: Path) -> None:
    with Lab(data_dir, FAKE, workers=2) as service:
        path = service.begin(experiment_name="wait")
        service.until(path, state="running")
        killed = set(service.worker_pids())
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(service.worker_pids()) == 2 and not killed & set(service.worker_pids()))
        assert service.job(path)["state"] == "running"

        service.signal(signal.SIGHUP)
        assert service.job(path)["state"] == "running"
        service.stop()
        service.start()
        assert service.job(path)["state"] == "running"
        listed = service.call("GET", "/api/train").body["jobs"]
        assert [each["job_id"] for each in listed] == [path.rpartition("/")[2]]

        cancelled = service.call("POST", f"{path}/cancel")
        assert (cancelled.status, cancelled.body["state"]) == (200, "cancelled")


def test_a_job_that_is_killed_has_failed_for_every_worker(data_dir: Path) -> None:
    with Lab(data_dir, FAKE, workers=2) as service:
        path = service.begin(experiment_name="killed")
        problem = service.until(path, state="failed")["problem"]
        assert problem["type"] == "urn:problem-type:credit-api:training-failed"
        for _ in range(8):
            assert service.job(path)["problem"] == problem
