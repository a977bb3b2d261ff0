"""What a process has imported once it has scored and explained: it decides memory, start-up time and attack surface."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from model_store.folder import FolderArtifacts
from tests.fakes.running import ROOT
from tests.fakes.small_models import publish_small_models

NEVER = {
    "joblib",
    "mlflow",
    "onnx",
    "pandas",
    "pyarrow",
    "ray",
    "scipy",
    "skl2onnx",
    "sklearn",
    "streamlit",
    "torch",
    "xgboost",
}
SCORE = """
import json, sys, threading
from app import app
before = threading.active_count(), app.extensions["services"].models.status()[0].loaded
services = app.extensions["services"]
services.start()
while not services.scoring.health().ready:
    threading.Event().wait(0.01)
client = app.test_client()
for features in ({"xgboost": [0.5] * 6}, {"traditional": [0.5] * 5, "social": [0.5] * 3}):
    body = {"customer_id": "A", "features": features, "explain": True}
    assert client.post("/api/v1/predict", json=body).status_code == 200
for path in ("/metrics", "/api/v1/reports/performance", "/api/v1/reports/comparison"):
    assert client.get(path).status_code == 200
services.close()
print(json.dumps({"before": before, "modules": sorted({name.partition(".")[0] for name in sys.modules})}))
"""


def test_a_process_that_scored_has_imported_no_training_framework(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    publish_small_models(FolderArtifacts(tmp_path / "models"))
    told = json.loads(_run(SCORE, tmp_path))
    assert "onnxruntime" in told["modules"]
    assert not NEVER & set(told["modules"])
    assert told["before"] == [1, False], "importing app started a thread or loaded a model"


def test_importing_the_application_opens_no_store(tmp_path: Path) -> None:
    _run("import app", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= {"models", "secret"}


def _run(code: str, data_dir: Path) -> str:
    environment = {**os.environ, "DATA_DIR": str(data_dir)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
