"""Columns that give the target away."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.lab import leaks


def test_a_rare_default_of_a_large_table_is_among_the_rows_that_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "MOST_ROWS", 100)
    defaulted = np.zeros(20_000)
    defaulted[:20] = 1
    frame = pd.DataFrame({"noise": np.random.default_rng(0).random(20_000), "overdue": defaulted * 30})
    for seed in range(5):
        (warning,) = leaks.leaks(frame, defaulted, seed)
        assert warning.startswith("column overdue alone tells the target")
