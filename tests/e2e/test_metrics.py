"""Counts of all worker processes together, from this run only, and nothing left behind."""

from __future__ import annotations

import re
from pathlib import Path

from tests.fakes.running import Running

LEFT_BY_AN_EARLIER_RUN = "counter_1.db"
EMPTY_COUNTS = b"\0" * 65_536


def test_every_worker_is_counted_and_no_earlier_run(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "counts"
    folder.mkdir()
    (folder / LEFT_BY_AN_EARLIER_RUN).write_bytes(EMPTY_COUNTS)
    with Running(data_dir, {"PROMETHEUS_MULTIPROC_DIR": str(folder)}, workers=2) as service:
        for i in range(20):
            service.predict(f"CUS{i}", {"xgboost": [0.5] * 6})
        told = service.call("GET", "/metrics").body.decode()
        assert not (folder / LEFT_BY_AN_EARLIER_RUN).exists()
    assert _sum(told, "credit_predictions_total") == 20
    assert "CUS1" not in told


def test_a_folder_of_its_own_goes_with_the_service(data_dir: Path) -> None:
    with Running(data_dir) as service:
        assert service.call("GET", "/metrics").status == 200
        mapped = Path(f"/proc/{service.worker_pids()[0]}/maps").read_text()
        folder = Path(re.findall(r"(/\S*flask-credit-api-metrics-[^/]*)/", mapped)[0])
        assert folder.is_dir()
    assert not folder.exists()


def _sum(exposition: str, counter: str) -> float:
    return sum(float(value) for value in re.findall(rf"^{counter}{{.*}} (\S+)$", exposition, re.MULTILINE))
