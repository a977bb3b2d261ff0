"""Drawn Home Credit applications as a file, and how well anyone could tell their risk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from applications.home_credit import TARGET
from evaluation.discrimination import auc
from training.applications.home_credit_data import home_credit
from training.dataset import TrainingError
from training.lab.reading import CSV, PARQUET


def write(out: Path, rows: int, seed: int) -> Iterator[str]:
    """Write the file; lines about it. TrainingError for a file of another kind, OSError."""
    if not out.name.endswith((*CSV, *PARQUET)):
        raise TrainingError(f"{out.name}: a table is a file {', '.join((*CSV[:2], PARQUET[0]))}")
    drawn = home_credit(rows, seed)
    if out.name.endswith(PARQUET):
        drawn.frame.to_parquet(out, index=False)
    else:
        drawn.frame.to_csv(out, index=False)
    defaulted = drawn.frame[TARGET].to_numpy(dtype=np.float64)
    yield f"{out.name}: {rows:,} applications in {drawn.frame.shape[1]} columns, {defaulted.mean():.1%} defaulted"
    if defaulted.min() < defaulted.max():
        yield f"Best that anyone could reach on them: AUC {auc(defaulted, drawn.pd).value:.4f}"
