"""A roll-out: one command to the machines of a stage, whose end decides."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.fakes.running import ROOT

COMMIT = "0123456789abcdef0123456789abcdef01234567"
AWS = """#!/bin/sh
printf '%s\\n' "$*" >>"{folder}/asked"
if [ "$2" = send-command ]; then echo the-command; else head -n 1 "{folder}/told"; sed -i '1{{$!d}}' "{folder}/told"; fi
"""


def rolled_out(folder: Path, told: list[str], *words: str, stage: str = "staging") -> subprocess.CompletedProcess[str]:
    """Run the script with an `aws` that answers each question after the state with the next of `told`."""
    (folder / "told").write_text("\n".join(told) + "\n")
    (folder / "aws").write_text(AWS.format(folder=folder))
    (folder / "aws").chmod(0o755)
    seen = {"PATH": f"{folder}:{os.environ['PATH']}", "STAGE": stage, "BETWEEN": "0", "ATTEMPTS": "4"}
    return subprocess.run([ROOT / "deploy/roll_out.sh", *words], env=seen, capture_output=True, text=True, check=False)


def test_it_waits_until_every_machine_is_ready(tmp_path: Path) -> None:
    told = ["Pending\t0\t0\t0", "InProgress\t2\t1\t0", "Success\t2\t2\t0"]
    done = rolled_out(tmp_path, told, COMMIT)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Success: 2 of 2 machines, 0 failed")
    asked = (tmp_path / "asked").read_text()
    assert "Key=tag:Stage,Values=staging --max-concurrency 1 --max-errors 0" in asked
    sent = json.loads(asked[asked.index('{"commands"') : asked.index(" --query")])
    assert f"git checkout --quiet --detach {COMMIT}" in sent["commands"]
    assert any("deploy/wait_ready.py" in each for each in sent["commands"])


@pytest.mark.parametrize(
    "told", ["Failed\t2\t1\t1", "Success\t0\t0\t0", "InProgress\t2\t1\t0"], ids=["failed", "no machine", "unfinished"]
)
def test_anything_else_is_a_failure(tmp_path: Path, told: str) -> None:
    assert rolled_out(tmp_path, [told], COMMIT).returncode == 1


@pytest.mark.parametrize(("commit", "stage"), [("main; reboot", "staging"), (COMMIT, 'a","b')])
def test_words_that_could_become_commands_are_refused(tmp_path: Path, commit: str, stage: str) -> None:
    assert rolled_out(tmp_path, [], commit, stage=stage).returncode == 2
    assert not (tmp_path / "asked").exists()
