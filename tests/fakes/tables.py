"""A table with all that a bank's may hold, drawn in milliseconds: amounts, flags, gaps, few and many categories."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from training.lab.words import Table


def bank_table(n: int = 900, seed: int = 0) -> Table:
    """Income, loan and purpose decide who defaults; `branch` has 60 categories, some of one row; `age` has gaps."""
    draw = np.random.default_rng(seed)
    income, loan = draw.lognormal(10.5, 0.5, n), draw.lognormal(9.5, 0.6, n)
    purpose = draw.choice(np.array(["car", "education", "home", None], dtype=object), n, p=[0.4, 0.2, 0.35, 0.05])
    branch = np.minimum(draw.geometric(0.08, n), 60)
    log_odds = -2.2 + 2.5 * (np.log(loan / income) + 1) + 1.0 * (purpose == "education") + 0.01 * branch
    frame = pd.DataFrame(
        {
            "purpose": purpose,
            "income": income,
            "loan_amount": loan,
            "age": np.where(draw.random(n) < 0.1, np.nan, draw.integers(20, 70, n)),
            "has_phone": draw.random(n) < 0.7,
            "dependants": draw.integers(0, 4, n),
            "branch": [f"branch {number:02}" for number in branch],
        }
    )
    defaulted = (draw.random(n) < 1 / (1 + np.exp(-log_odds))).astype(np.float64)
    digest = hashlib.sha256(frame.to_csv().encode()).hexdigest()
    return Table(frame, defaulted, {"age_group": np.where(frame["age"] > 40, "old", "young")}, "drawn", digest)
