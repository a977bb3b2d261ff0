"""Models of applications on drawn data, whose best reachable figures are known."""

from __future__ import annotations

from typing import Final

from training.applications.home_credit import train_credit_desk, train_home_credit
from training.applications.home_credit_data import ROWS as HOME_CREDIT_ROWS
from training.applications.home_credit_data import SEED as HOME_CREDIT_SEED
from training.applications.home_credit_data import home_credit
from training.applications.loan import THRESHOLD, train_loan
from training.applications.made import Made
from training.applications.words import CREDIT_DESK, HOME_CREDIT, LOAN
from training.lab.loan_applications import NAME, SEED, loan_applications
from training.lab.words import Progress

LOAN_ROWS: Final = 10_000


def drawn(name: str) -> Made:
    """The demo model of that name."""
    return {LOAN: drawn_loan, HOME_CREDIT: drawn_home_credit, CREDIT_DESK: drawn_credit_desk}[name]()


def drawn_loan(
    rows: int = LOAN_ROWS, progress: Progress | None = None, *, threshold: float = THRESHOLD, seed: int = 0
) -> Made:
    """The loan desk's model on synthetic applications; `seed` is of the training, the applications have their own."""
    found = loan_applications(rows, SEED)
    source = f"{NAME}, {rows:,} rows, seed {SEED}"
    return train_loan(found.frame, source, progress or _silent, threshold=threshold, known_pd=found.pd, seed=seed)


def drawn_home_credit(rows: int = HOME_CREDIT_ROWS) -> Made:
    """The mobile app's model on drawn Home Credit applications."""
    found = home_credit(rows, HOME_CREDIT_SEED)
    return train_home_credit(found.frame, _source(rows), _silent, known_pd=found.pd)


def drawn_credit_desk(rows: int = HOME_CREDIT_ROWS) -> Made:
    """The credit desk's model on drawn Home Credit applications."""
    found = home_credit(rows, HOME_CREDIT_SEED)
    return train_credit_desk(found.frame, _source(rows), _silent, known_pd=found.pd)


def _source(rows: int) -> str:
    return f"drawn Home Credit applications, {rows:,} rows, seed {HOME_CREDIT_SEED}"


def _silent(_share: float, _stage: str) -> None:
    """No progress."""
