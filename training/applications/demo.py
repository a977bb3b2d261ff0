"""Models of applications on drawn data, whose best reachable figures are known."""

from __future__ import annotations

from training.applications.loan import THRESHOLD, train_loan
from training.applications.made import Made
from training.lab.loan_applications import NAME, SEED, loan_applications
from training.lab.words import Progress

LOAN_ROWS = 10_000


def drawn_loan(rows: int, progress: Progress, *, threshold: float = THRESHOLD, seed: int = 0) -> Made:
    """The loan desk's model on synthetic applications; `seed` is of the training, the applications have their own."""
    drawn = loan_applications(rows, SEED)
    source = f"{NAME}, {rows:,} rows, seed {SEED}"
    return train_loan(drawn.frame, source, progress, threshold=threshold, known_pd=drawn.pd, seed=seed)
