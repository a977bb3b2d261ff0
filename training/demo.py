"""The demo models' customers: how many, which, and how well anyone could tell their risk."""

from __future__ import annotations

import numpy as np

from evaluation.arrays import Floats
from evaluation.discrimination import auc
from training.dataset import Rows
from training.population import Population, population

CUSTOMERS = 40_000
SEED = 20251108


def demo_population() -> Population:
    """The customers that the demo models learn from and are measured on."""
    return population(CUSTOMERS, SEED)


def best_auc(drawn: Population, rows: Rows) -> float:
    """The AUC, on these rows, of the PDs that the defaults were drawn from: no model can expect more."""
    pd: Floats = np.asarray(drawn.pd[rows])
    return auc(drawn.dataset.defaulted[rows], pd).value
