"""The demo models' customers: how many, which, and how well anyone could tell their risk."""

from __future__ import annotations

import numpy as np

from evaluation.arrays import Floats
from evaluation.discrimination import auc
from training.dataset import Rows
from training.population import Population, population
from training.spec import CardSpec

CUSTOMERS = 40_000
SEED = 20251108
SOURCE = f"training/population.py, {CUSTOMERS:,} synthetic customers; no real person is among them"
WORDS = CardSpec(
    purpose="Estimates the risk that a customer defaults, so that the service can be tried out without real data.",
    owner="Whoever runs this service",
    intended_use="Demonstrations, tests and measurements of the service.",
    not_for=[
        "Decisions about real people.",
        "Any claim about how well a model of real customers ranks or is calibrated.",
    ],
    period="None: the customers are drawn by a random number generator and have no dates.",
    default_definition="Drawn at random with each synthetic customer's known probability of default.",
    limits=[
        "The customers follow a simple process with three hidden drivers (docs/population.md); real ones do not.",
        "Sex and age group hardly tell of risk here: that they pass the 80% test says nothing of people.",
    ],
)
"""What the cards of the demo models say that is not measured."""


def demo_population() -> Population:
    """The customers that the demo models learn from and are measured on."""
    return population(CUSTOMERS, SEED)


def best_auc(drawn: Population, rows: Rows) -> float:
    """The AUC, on these rows, of the PDs that the defaults were drawn from: no model can expect more."""
    pd: Floats = np.asarray(drawn.pd[rows])
    return auc(drawn.dataset.defaulted[rows], pd).value
