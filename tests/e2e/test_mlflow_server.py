"""MLflow's own server, as `mlflow ui` starts it, on the store that trainings write."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.running import PATIENCE, ROOT
from tests.fakes.tracked import run_of
from tests.fakes.winners import winner
from training.lab.run_store import ENVIRONMENT, RunStore

Server = tuple[int, list[str]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Its port, and the ids of the runs."""
    folder = tmp_path_factory.mktemp("laboratory")
    runs = [run_of(folder, winner(), "1")[0], run_of(folder, winner(1e-6), "2")[0]]
    port = _free_port()
    mlflow = str(Path(sys.executable).with_name("mlflow"))
    place = ["--backend-store-uri", RunStore.at(folder).uri, "--host", "127.0.0.1", "--port", str(port)]
    # The jobs that it would run beside are for language models.
    environment = {**os.environ, **ENVIRONMENT, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [mlflow, "ui", *place, "--workers", "1"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(process, port, folder / "server.log")
        yield port, runs
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends_by = time.monotonic() + PATIENCE
    while time.monotonic() < ends_by and process.poll() is None:
        try:
            if asked(port, "GET", "/health")[0] == 200:
                return
        except (OSError, HTTPException):
            time.sleep(0.1)
    pytest.fail(log.read_text()[-2000:])


def asked(port: int, method: str, path: str, body: object = None) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def told(port: int, method: str, path: str, body: object = None) -> Any:
    status, answer = asked(port, method, f"/api/2.0/mlflow/{path}", body)
    assert status == 200, answer
    return json.loads(answer)


def test_the_pages_open(server: Server) -> None:
    status, page = asked(server[0], "GET", "/")
    assert status == 200
    assert b"MLflow" in page


def test_the_runs_are_found_by_their_figures(server: Server) -> None:
    port, runs = server
    experiment = told(port, "GET", "experiments/get-by-name?experiment_name=applicants")["experiment"]
    wanted = {"experiment_ids": [experiment["experiment_id"]], "filter": "metrics.auc_roc > 0 and metrics.brier < 1"}
    found = told(port, "POST", "runs/search", wanted)["runs"]
    assert {each["info"]["run_id"] for each in found} == set(runs)
    assert {each["info"]["status"] for each in found} == {"FINISHED"}


def test_a_picture_and_the_registered_version_are_there(server: Server) -> None:
    port, runs = server
    status, picture = asked(port, "GET", f"/get-artifact?path=plots/roc.png&run_id={runs[0]}")
    assert status == 200
    assert picture.startswith(b"\x89PNG")
    name = "applicants-logistic_regression"
    version = told(port, "GET", f"registered-models/alias?name={name}&alias=newest")["model_version"]
    assert version["run_id"] == runs[1]
