"""Keys of trainings that outlive every process, and are forgotten after their time."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from unittest.mock import patch

from laboratory.job_keys import JobKeys
from laboratory.jobs import LocalJobs
from laboratory.plan import Plan
from routing.ports import KeyUse
from tests.fakes.job import COMMAND

KEY = KeyUse("k" * 64, "body")
PLAN = Plan("y", "xgboost", experiment="refuse")


def desk(folder: Path) -> LocalJobs:
    return LocalJobs(folder / "jobs", COMMAND, lambda _plan, _data: None)


def test_a_key_is_known_after_a_restart(tmp_path: Path) -> None:
    first = desk(tmp_path).submit(PLAN, "german", KEY)
    assert desk(tmp_path).submit(PLAN, "german", KEY).id == first.id


def test_a_key_is_forgotten_after_its_time(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys = JobKeys(folder, seconds=60)
    keys.keep(KEY, "job_1")
    keys.keep(KeyUse("n" * 64, "body"), "job_2")
    assert keys.job_of(KEY) == "job_1"
    os.utime(folder / KEY.key, (time.time() - 61, time.time() - 61))
    assert keys.job_of(KEY) is None
    keys.forget_old_ones()
    assert [each.name for each in folder.iterdir()] == ["n" * 64]


def test_a_key_whose_job_never_came_about_begins_one(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    JobKeys(tmp_path / "jobs" / "keys").keep(KEY, "job_" + "0" * 20)  # as if the worker were killed just then
    job = desk(tmp_path).submit(PLAN, "german", KEY)
    assert [each.id for each in desk(tmp_path).every(10)] == [job.id]


def test_of_two_at_once_with_one_key_one_begins_a_job(tmp_path: Path) -> None:
    jobs, found, both = desk(tmp_path), list[str](), threading.Barrier(2)

    def submit() -> None:
        found.append(jobs.submit(PLAN, "german", KEY).id)

    fill = LocalJobs._begin

    def together(*given: object) -> object:  # neither has seen the other's key by now
        both.wait()
        return fill(*given)  # type: ignore[arg-type]

    with patch.object(LocalJobs, "_begin", together):
        threads = [threading.Thread(target=submit) for _ in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert len(found) == 2
    assert set(found) == {each.id for each in jobs.every(10)}
    assert len(set(found)) == 1
    assert not list((tmp_path / "jobs" / "coming").iterdir())
