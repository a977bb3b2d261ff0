"""test_api.http, run by a REST client as a reader would run it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.fakes.running import ROOT, Running
from tests.fakes.tools import tool

HTTP_FILE = ROOT / "test_api.http"


def send(file: Path, service: Running) -> subprocess.CompletedProcess[str]:
    url = f"http://127.0.0.1:{service.port}"
    command = [tool("httpyac"), "send", str(file), "--all", "--output", "short", "--output-failed", "response"]
    return subprocess.run(
        command, env={**os.environ, "CREDIT_API": url}, cwd=file.parent, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_request_of_the_file_is_answered_as_it_says(service: Running, time: str) -> None:
    done = send(HTTP_FILE, service)
    requests = sum(line.startswith("### ") for line in HTTP_FILE.read_text().splitlines())
    assert done.returncode == 0, done.stdout
    assert f"{requests} requests processed ({requests} succeeded)" in done.stdout


def test_a_wrong_answer_would_be_noticed(service: Running, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.http"
    wrong.write_text(HTTP_FILE.read_text().replace("num_models_used == 2", "num_models_used == 3"))
    assert send(wrong, service).returncode != 0


def test_the_file_asks_every_endpoint(service: Running) -> None:
    asked = HTTP_FILE.read_text()
    for line in service.flask("routes").splitlines()[2:]:
        _, *methods, path = line.split()
        for method in methods:
            pattern = re.sub(r"<[^>]+>", r"[^/\\s]+", path)
            assert re.search(rf"^{method.strip(',')} \{{\{{host\}}\}}{pattern}(\?|$)", asked, re.MULTILINE), line
