"""Synthetic loan applications as a file, and how well anyone could tell their risk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from evaluation.discrimination import auc
from training.dataset import TrainingError
from training.lab.loan_applications import TARGET, LoanApplications, loan_applications
from training.lab.reading import CSV, PARQUET


def write(out: Path, rows: int, seed: int) -> Iterator[str]:
    """Write the file; lines about it. TrainingError for a file of another kind, OSError."""
    drawn = loan_applications(rows, seed)
    if out.name.endswith(PARQUET):
        drawn.frame.to_parquet(out, index=False)
    elif out.name.endswith(CSV):
        drawn.frame.to_csv(out, index=False)
    else:
        raise TrainingError(f"{out.name}: a table is a file {', '.join((*CSV[:2], PARQUET[0]))}")
    yield f"{out.name}: {rows:,} loan applications, {drawn.frame[TARGET].mean():.1%} defaulted"
    yield from best(drawn)


def best(drawn: LoanApplications) -> Iterator[str]:
    """What the probabilities that the defaults were drawn from would reach on them: no model can expect more."""
    defaulted = drawn.frame[TARGET].to_numpy(dtype=np.float64)
    if defaulted.min() < defaulted.max():
        accuracy = float(np.mean((drawn.pd >= 0.5) == (defaulted == 1)))
        yield f"Best that anyone could reach on them: AUC {auc(defaulted, drawn.pd).value:.4f}, accuracy {accuracy:.4f}"
