"""Which columns a model can use, and a sentence about each that it cannot."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from evaluation.arrays import Floats
from training.dataset import TrainingError

MOST_CATEGORIES = 100
"""Different texts of a column that is a category; one with more is a name, an id or free text."""
LONGEST_CATEGORY = 100
_ID_NAMES = ("id", "number", "_no")
_NO_ID_NAMES = ("aid", "bid")
"""Amounts that are paid, of aid or bid: in a small table all may differ."""


def kept(columns: Mapping[str, pd.Series]) -> tuple[pd.DataFrame, list[str]]:
    """The columns that a model can use [N, n], and a warning for each other one. TrainingError if none is left.

    `columns`: name -> float64, or categories of texts (`training.lab.columns.typed`).
    """
    reasons = {name: _useless(column, name) for name, column in columns.items()}
    warnings = [f"column {name} {reason}: it is left out" for name, reason in reasons.items() if reason]
    frame = pd.DataFrame({name: columns[name] for name, reason in reasons.items() if reason is None})
    if frame.empty:
        told = f": {'; '.join(warnings[:5])}" if warnings else ""
        raise TrainingError(f"the table has no column to learn from beside its target{told}")
    return frame, warnings


def _useless(column: pd.Series, name: str) -> str | None:
    """Why no model can use the column, or None."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _useless_texts(column)
    numbers = column.to_numpy()
    present = numbers[~np.isnan(numbers)]
    if not present.size:
        return "is empty"
    if present.size == numbers.size and present.min() == present.max():
        return "holds the same value in every row"
    return "numbers the rows, as an id does" if _is_row_number(present, numbers.size, name) else None


def _useless_texts(column: pd.Series) -> str | None:
    found = column.cat.categories
    if not len(found):
        return "is empty"
    if len(found) == 1 and not column.isna().any():
        return "holds the same value in every row"
    if len(found) > MOST_CATEGORIES:
        return f"holds {len(found):,} different texts (at most {MOST_CATEGORIES} can be categories)"
    if any(len(text) > LONGEST_CATEGORY or not text.isprintable() for text in found):
        return f"holds texts of more than {LONGEST_CATEGORY} characters, or some that cannot be printed"
    return None


def _is_row_number(present: Floats, rows: int, name: str) -> bool:
    """Whole numbers that are all different, and either without a hole between them or of a column named as an id."""
    if present.size < rows or not np.equal(present, np.floor(present)).all() or len(np.unique(present)) < rows:
        return False
    is_called_id = name.lower().endswith(_ID_NAMES) and not name.lower().endswith(_NO_ID_NAMES)
    return bool(present.max() - present.min() == rows - 1) or is_called_id
