"""The units of the nightly drift check: read without a complaint, hardened, and calling a command that is there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bootstrap import services, settings
from bootstrap.drift_commands import drift_commands
from scoring.identity import moment
from tests.fakes.running import ROOT
from tests.fakes.tools import tool

SERVICE, TIMER = (ROOT / "deploy" / f"flask-credit-api-drift.{kind}" for kind in ("service", "timer"))
INSTALLED = "/opt/flask-credit-api"
HIGHEST_EXPOSURE = 2.0


def test_systemd_reads_both_units_without_a_word(tmp_path: Path) -> None:
    for unit in (SERVICE, TIMER):
        here = unit.read_text().replace(f"{INSTALLED}/.venv/bin/python", sys.executable).replace(INSTALLED, str(ROOT))
        (tmp_path / unit.name).write_text(here)
    verify = [tool("systemd-analyze"), "verify", *map(str, tmp_path.iterdir())]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_check_exposes_little() -> None:
    analyze = [tool("systemd-analyze"), "security", "--offline=true", "--no-pager", str(SERVICE)]
    said = subprocess.run(analyze, capture_output=True, text=True, check=False).stdout
    match = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert match, said
    assert float(match[1]) < HIGHEST_EXPOSURE


def test_the_command_of_the_unit_is_one_that_is_there() -> None:
    unit = SERVICE.read_text()
    line = re.search(r"^ExecStart=\S+ -m flask --app app drift (.*)$", unit, re.MULTILINE)
    assert line
    words = shlex.split(line[1].replace("$DRIFT_MODELS", "traditional social xgboost").replace("${DRIFT_SINCE}", "7d"))
    values = settings.Settings()
    group = drift_commands(
        lambda: services.open_table(values),
        lambda: services.model_versions(values),
        lambda: services.artifacts(values),
        12,
    )
    check = group.commands[words[0]]
    context = check.make_context("check", words[1:])
    assert context.params["models"] == ("traditional", "social", "xgboost")
    assert moment(context.params["since"]) < datetime.now(UTC)
