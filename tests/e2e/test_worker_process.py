"""What a worker that has scored holds in memory."""

from __future__ import annotations

import re
from pathlib import Path

from tests.fakes.running import Running

FRAMEWORKS = ("torch", "sklearn", "xgboost", "pandas", "joblib", "onnx", "streamlit", "mlflow")
LARGEST_MB = 150


def test_a_worker_that_scored_has_loaded_no_training_framework(service: Running) -> None:
    service.predict("CUS1", {"xgboost": [0.5] * 6})
    service.predict("CUS1", {"traditional": [0.5] * 5, "social": [0.5] * 3})
    (worker,) = service.worker_pids()
    mapped = Path(f"/proc/{worker}/maps").read_text()
    assert "/onnxruntime/" in mapped, "the libraries of a worker are not seen here"
    libraries = {match[1] for match in re.finditer(r"/site-packages/([^/.]+)", mapped)}
    assert not libraries & set(FRAMEWORKS)


def test_a_worker_that_scored_holds_less_than_150_mb(service: Running) -> None:
    service.predict("CUS1", {"xgboost": [0.5] * 6, "traditional": [0.5] * 5})
    (worker,) = service.worker_pids()
    rollup = Path(f"/proc/{worker}/smaps_rollup").read_text()
    proportional_kb = int(re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)[1])  # type: ignore[index]
    assert proportional_kb / 1024 < LARGEST_MB
