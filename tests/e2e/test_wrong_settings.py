"""What an operator reads who set something wrong: one line, and no service."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bootstrap.settings import ROOT

ONE_WEIGHT = """
[routes.existing]
models = ["traditional", "social"]
weights = [1]
prediction_type = "a"
[routes.new]
models = ["xgboost"]
prediction_type = "b"
"""


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        (
            "ROUTES_FILE",
            "wrong.toml",
            "wrong.toml, line 4: routes.existing.weights: must be as many as models (2), not 1",
        ),
        ("ROUTES_FILE", "absent.toml", "absent.toml: cannot be read"),
        ("API_KEY_HASHES", "desk:score:abc", "API key desk: the SHA-256 must be 64"),
        ("DATABASE_URL", "mysql://me:hush@db/x", "the database URL must read postgresql://"),
        ("PORT", "http", "PORT: Input should be a valid integer"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_line(tmp_path: Path, variable: str, value: str, says: str) -> None:
    (tmp_path / "wrong.toml").write_text(ONE_WEIGHT)
    given = str(tmp_path / value) if variable == "ROUTES_FILE" else value
    environment = {**os.environ, "DATA_DIR": str(tmp_path / "data"), variable: given}
    done = subprocess.run(
        [sys.executable, "-c", "import app"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "hush" not in done.stderr
