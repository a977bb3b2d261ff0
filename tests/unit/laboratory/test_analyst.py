"""The analyst: a child process that answers, fails, hangs and dies, and its worker, which is none the worse."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from laboratory.analyst import AnalystDefect, ChildAnalyst
from laboratory.ports import LaboratoryUnavailable, UnknownLabModel
from scoring.errors import FieldError, InvalidRequest, ModelUnavailable
from tests.fakes.analyst import COMMAND
from tests.fakes.polling import until
from tests.fakes.running import ROOT


@pytest.fixture(scope="module")
def shared() -> Iterator[ChildAnalyst]:
    """An analyst for tasks that leave it as it is."""
    analyst = ChildAnalyst(COMMAND)
    yield analyst
    analyst.close()


@pytest.fixture
def analyst() -> Iterator[ChildAnalyst]:
    made = ChildAnalyst(COMMAND, memory_bytes=1 << 30, most_waiting=1)
    yield made
    made.close()


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_task_is_answered_whatever_its_libraries_print(shared: ChildAnalyst) -> None:
    body = {"rows": [{"x": 1.5, "name": "Zoë", "gap": None}] * 20_000, "huge": 10**30}
    answer = shared.run("echo", body)
    assert answer["body"] == {**body, "huge": 1e30}
    assert answer["array"] == [1.5, None]
    assert answer["bench"] == "a bench"
    assert shared.run("echo", {})["pid"] == answer["pid"] != os.getpid()


def test_nothing_is_started_before_the_first_task() -> None:
    ChildAnalyst(["/there/is/no/such/program"]).close()


def test_a_program_that_cannot_be_started_is_told_as_the_laboratory_out_of_reach() -> None:
    with pytest.raises(LaboratoryUnavailable):
        ChildAnalyst(["/there/is/no/such/program"]).run("echo", {})


def test_errors_arrive_as_what_they_were(shared: ChildAnalyst) -> None:
    with pytest.raises(InvalidRequest, match=r"No\.") as invalid:
        shared.run("fail", {"how": "invalid"})
    assert invalid.value.errors == (FieldError("data[3].x", "is missing"),)
    with pytest.raises(ModelUnavailable) as unavailable:
        shared.run("fail", {"how": "model"})
    assert (unavailable.value.model, unavailable.value.reason) == ("lab_dnn", "gone")
    with pytest.raises(UnknownLabModel, match=r"There is none\."):
        shared.run("fail", {"how": "unknown"})


@pytest.mark.parametrize("how", ["defect", "not carried", "ours is missing"])
def test_a_defect_is_one_and_the_log_says_where_and_no_value(
    shared: ChildAnalyst, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(AnalystDefect):
        shared.run("fail", {"how": how})
    (record,) = caplog.records
    assert record.task == "fail"  # type: ignore[attr-defined]
    assert "tests/fakes/analyst.py" in record.where  # type: ignore[attr-defined]
    assert "secret" not in str(vars(record))


def test_a_machine_without_the_libraries_says_so(shared: ChildAnalyst) -> None:
    with pytest.raises(LaboratoryUnavailable, match="not installed"):
        shared.run("fail", {"how": "missing"})


def test_an_unknown_task_is_a_defect(shared: ChildAnalyst) -> None:
    with pytest.raises(AnalystDefect):
        shared.run("astrology", {})


def test_it_makes_way_for_requests_on_all_cores_and_knows_no_secrets(
    shared: ChildAnalyst, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "s" * 40)
    monkeypatch.setenv("API_KEY_HASHES", "a:score:" + "0" * 64)
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@h/n")
    analyst = ChildAnalyst(COMMAND)
    found = analyst.run("surroundings", {})
    analyst.close()
    assert found["cores"] == sorted(os.sched_getaffinity(0))
    assert found["nice"] > os.getpriority(os.PRIO_PROCESS, 0)
    assert found["policy"] == os.SCHED_BATCH
    assert "DATABASE_URL" in found["environment"]
    assert not {"SECRET_KEY", "API_KEY_HASHES"} & set(found["environment"])
    assert set(json.loads(found["arguments"][0])) == {"cores", "memory_bytes", "seconds", "idle_seconds"}


def test_one_that_dies_in_a_task_is_told_and_the_next_task_is_answered(analyst: ChildAnalyst) -> None:
    with pytest.raises(LaboratoryUnavailable, match="ended"):
        analyst.run("die", {})
    assert analyst.run("echo", {"x": 1})["body"] == {"x": 1}


def test_one_that_is_killed_between_tasks_costs_one_answer_and_no_more(analyst: ChildAnalyst) -> None:
    os.kill(analyst.run("echo", {})["pid"], signal.SIGKILL)
    with pytest.raises(LaboratoryUnavailable):
        analyst.run("echo", {})
    assert analyst.run("echo", {"x": 1})["body"] == {"x": 1}


def test_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    analyst = ChildAnalyst(COMMAND, seconds=0.2, start_seconds=20)
    analyst.run("echo", {})
    with pytest.raises(LaboratoryUnavailable, match="longer than"):
        analyst.run("hang", {"begun": str(tmp_path / "pid")})
    pid = int((tmp_path / "pid").read_text())
    assert not is_there(pid)


def test_more_memory_than_allowed_is_refused_and_the_next_task_is_answered(analyst: ChildAnalyst) -> None:
    with pytest.raises(InvalidRequest, match="memory"):
        analyst.run("gluttony", {"bytes": 2 << 30})
    assert analyst.run("gluttony", {"bytes": 1 << 20}) == {"sum": 1 << 20}


def test_more_tasks_than_may_wait_are_refused_at_once(analyst: ChildAnalyst, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(analyst.run, "hang", {"begun": str(tmp_path / "pid")})
        until((tmp_path / "pid").exists)
        second = threads.submit(analyst.run, "echo", {"x": 2})
        until(lambda: not analyst._places._value)
        with pytest.raises(LaboratoryUnavailable, match="busy"):
            analyst.run("echo", {})
        until(lambda: bool((tmp_path / "pid").read_text()))
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
        with pytest.raises(LaboratoryUnavailable):
            first.result()
        assert second.result()["body"] == {"x": 2}


def test_one_that_had_nothing_to_do_is_gone_and_nobody_notices() -> None:
    analyst = ChildAnalyst(COMMAND, idle_seconds=0.0)
    pids: list[int] = []
    for _ in range(2):
        pids.append(analyst.run("echo", {})["pid"])
        until(lambda: not is_there(pids[-1]), seconds=20)
    assert pids[0] != pids[1]
    analyst.close()


WORKER = """
import sys
from laboratory.analyst import ChildAnalyst
from tests.fakes.analyst import COMMAND
analyst = ChildAnalyst(COMMAND)
print(analyst.run("echo", {})["pid"], flush=True)
sys.stdin.read()
"""


def test_it_ends_with_its_worker_even_a_killed_one() -> None:
    command = [sys.executable, "-c", WORKER]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        pid = int(worker.stdout.readline())
        assert is_there(pid)
        worker.kill()
    until(lambda: not is_there(pid))


def test_the_real_one_starts_and_knows_its_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("CUSTOMER_TABLE_NAME", raising=False)
    analyst = ChildAnalyst([sys.executable, "-m", "bootstrap.analyst"])
    with closing(analyst), pytest.raises(InvalidRequest):
        analyst.run("drift", {})
