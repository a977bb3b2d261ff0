"""The service under the restrictions of its systemd unit, as far as they work without systemd."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.fakes.native_files import applicants, booster, torchscript
from tests.fakes.running import ROOT, Running
from tests.fakes.tools import tool

UNIT = ROOT / "flask-credit-api.service"
LAUNCHER = ROOT / "tests/fakes/unit_sandbox.py"


def test_native_files_are_converted_and_customers_scored(data_dir: Path) -> None:
    tool("systemd-analyze")
    predict = {}
    for name, make in (("traditional", torchscript), ("xgboost", booster)):
        folder = data_dir / "models" / name
        shutil.rmtree(folder)
        folder.mkdir()
        predict[name] = make(folder)

    row = applicants(1)
    with Running(data_dir, launcher=(sys.executable, str(LAUNCHER), str(UNIT))) as service:
        status = Path(f"/proc/{service.worker_pids()[0]}/status").read_text()
        assert "Seccomp:\t2" in status
        new = service.predict("CUS1", {"xgboost": row[0].tolist()}).body
        existing = service.predict("CUS1", {"traditional": row[0].tolist()}).body
    assert new["probability_of_default"] == pytest.approx(predict["xgboost"](row)[0], abs=1e-6)
    assert existing["models"][0]["model"] == "traditional"
    assert existing["stored"] is True
