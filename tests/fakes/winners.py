"""Winners of real, small trainings: half a second each, with gaps, a category and a search of three settings."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from laboratory.plan import Plan
from training.lab.fit import train
from training.lab.words import Table, Winner

PURPOSES = ("car", "education", "home")
PLAN = Plan("default", "logistic_regression", {"C": (0.01, 0.1, 1.0)}, experiment="applicants", folds=3)


def applicants(n: int = 900, seed: int = 0) -> Table:
    """Applicants whose income, loan and purpose decide who defaults; their age hardly does."""
    draw = np.random.default_rng(seed)
    income, loan, age = draw.lognormal(10.5, 0.4, n), draw.lognormal(9.5, 0.6, n), draw.integers(20, 70, n)
    purpose = draw.choice(PURPOSES, n)
    log_odds = -1.2 + 1.4 * (np.log(loan / income) + 1) + 0.5 * (purpose == "education")
    frame = pd.DataFrame({"income": income, "loan_amount": loan, "age": age.astype(float), "purpose": purpose})
    frame.loc[draw.random(n) < 0.05, "income"] = np.nan
    defaulted = (draw.random(n) < 1 / (1 + np.exp(-log_odds))).astype(float)
    digest = hashlib.sha256(frame.to_csv().encode()).hexdigest()
    return Table(frame, defaulted, {}, "drawn applicants", digest, ("column branch is empty: it is left out",))


@cache
def winner(inverse_strength: float | None = None) -> Winner:
    """A logistic regression; with a strength of its own, without a search."""
    plan = PLAN if inverse_strength is None else replace(PLAN, hyperparameters={"C": (inverse_strength,)})
    return train(plan, applicants(), lambda _share, _stage: None)
