"""The systemd unit: read without a complaint, hardened, and in step with gunicorn's settings."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.fakes.running import ROOT
from tests.fakes.tools import tool

UNIT = ROOT / "flask-credit-api.service"
INSTALLED = "/opt/flask-credit-api"
HIGHEST_EXPOSURE = 2.0


def test_the_unit_exposes_little() -> None:
    analyze = [tool("systemd-analyze"), "security", "--offline=true", "--no-pager", str(UNIT)]
    said = subprocess.run(analyze, capture_output=True, text=True, check=False).stdout
    match = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert match, said
    assert float(match[1]) < HIGHEST_EXPOSURE


def test_systemd_reads_the_unit_without_a_word(tmp_path: Path) -> None:
    here = UNIT.read_text().replace(f"{INSTALLED}/.venv/bin/gunicorn", sys.executable)
    here = here.replace(f"{INSTALLED}/.venv/bin/python", sys.executable).replace(INSTALLED, str(ROOT))
    (tmp_path / UNIT.name).write_text(here)
    done = _verify(tmp_path / UNIT.name)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_misspelt_directive_would_be_noticed(tmp_path: Path) -> None:
    (tmp_path / UNIT.name).write_text(UNIT.read_text().replace("UMask=0077", "UMaks=0077"))
    assert "UMaks" in _verify(tmp_path / UNIT.name).stderr


def test_systemd_waits_longer_for_the_end_than_gunicorn_does(gunicorn_settings: dict[str, Any]) -> None:
    match = re.search(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.MULTILINE)
    assert match
    assert int(match[1]) > gunicorn_settings["graceful_timeout"]


def _verify(unit: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([tool("systemd-analyze"), "verify", str(unit)], capture_output=True, text=True, check=False)
