"""The files of a run: pictures with the numbers in them, figures, the trials, the test part's PDs, the pipeline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from training.lab.drawing import Picture
from training.lab.figures import Figures
from training.lab.pipelines import is_number
from training.lab.words import Winner

TEST_PART: Final = "test_part.csv"
"""Outcome and calibrated PD of each row of the test part, in the table's order, and nothing else of it."""


def write_files(folder: Path, winner: Winner, figures: Figures, pictures: Sequence[Picture]) -> None:
    """Write what a run keeps beside its model. OSError."""
    (folder / "plots").mkdir()
    (folder / "plots" / "data").mkdir()
    for picture in pictures:
        (folder / "plots" / f"{picture.name}.png").write_bytes(picture.png)
        _json(folder / "plots" / "data" / f"{picture.name}.json", picture.data)
    _json(folder / "figures.json", figures.to_json())
    _json(folder / "plan.json", asdict(winner.plan))
    _json(folder / "trials.json", trials_table(winner))
    part = pd.DataFrame({"defaulted": figures.defaulted.astype(np.int8), "pd": figures.pd})
    part.to_csv(folder / TEST_PART, index=False)


def trials_table(winner: Winner) -> dict[str, Any]:
    """Every setting that was tried with its AUC, as a table that MLflow shows."""
    names = sorted({name for trial in winner.trials for name in trial.hyperparameters})
    rows = [
        [*(trial.hyperparameters.get(name) for name in names), float(np.mean(trial.auc)), float(np.std(trial.auc))]
        for trial in winner.trials
    ]
    return {"columns": [*names, "auc_roc_mean", "auc_roc_sd"], "data": rows}


def example(frame: pd.DataFrame) -> pd.DataFrame:
    """One row that nobody is: the median of each number, the most frequent of each category, no gap where there is one.

    MLflow shows it to whoever may read the run, who need not be one of those who may read the customers.
    """
    found: dict[str, Any] = {}
    for name in frame.columns:
        column = frame[name].dropna()
        if is_number(frame[name]):
            found[name] = float(column.median()) if len(column) else 0.0
        else:
            found[name] = str(column.mode().iloc[0]) if len(column) else ""
    return pd.DataFrame([found])


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, allow_nan=False, default=str))
