"""`python -m benchmarks.lab_million`: what training on a large table takes, from the command line."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

from benchmarks.prepare import ROOT

NUMBERS, CATEGORIES = 16, (3, 8, 60, 90)
"""Columns: numbers (every fourth has gaps), and categories of so many values."""


def main() -> None:
    """Print seconds and the largest resident memory of `flask --app app lab train`, for each type."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lab_million", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="(%(default)s)")
    parser.add_argument("--types", default="logistic_regression,xgboost,lightgbm", help="(%(default)s)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        written(asked.rows).to_parquet(path, index=False)
        print(
            f"{asked.rows:,} rows, {NUMBERS} numbers, {len(CATEGORIES)} categories: {path.stat().st_size / 1e6:.0f} MB"
        )
        print(f"{'model type':22}{'seconds':>9}{'peak memory':>13}  AUC of the test part")
        for model_type in asked.types.split(","):
            seconds, memory, said = _run(path, Path(folder) / "data", model_type)
            print(f"{model_type:22}{seconds:9.0f}{memory / 2**30:10.2f} GB   {said}", flush=True)


def written(rows: int, seed: int = 0) -> pd.DataFrame:
    """The table: half of the numbers and the two largest categories matter; a tenth default."""
    draw = np.random.default_rng(seed)
    numbers = {f"number_{index}": draw.lognormal(0, 1, rows) for index in range(NUMBERS)}
    codes = {f"category_{count}": draw.integers(0, count, rows) for count in CATEGORIES}
    matters = sum(np.log(numbers[f"number_{index}"]) / (index + 2) for index in range(0, NUMBERS, 2))
    log_odds = -3 + matters + 1.5 * codes["category_60"] / 60 - codes["category_90"] / 90
    for index in range(3, NUMBERS, 4):
        numbers[f"number_{index}"][draw.random(rows) < 0.1] = np.nan
    frame = pd.DataFrame(numbers)
    for name, each in codes.items():
        frame[name] = pd.Series(np.array([f"value {code:03}" for code in range(max(CATEGORIES))])[each])
    frame["default"] = (draw.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(np.int8)
    return frame


def _run(path: Path, data: Path, model_type: str) -> tuple[float, int, str]:
    """Seconds, bytes, and the line of the AUC."""
    command = [sys.executable, "-m", "flask", "--app", "app", "lab", "train", str(path), "--target", "default"]
    started = perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*command, "--type", model_type], cwd=ROOT, env={**os.environ, "DATA_DIR": str(data)}, stdout=said
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        lines = said.read().decode().splitlines()
    if process.returncode:
        raise SystemExit(process.returncode)
    area = next((line for line in lines if "auc_roc" in line), "")
    return perf_counter() - started, used.ru_maxrss * 1024, " ".join(area.split()[1:])


if __name__ == "__main__":
    main()
