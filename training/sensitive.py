"""A table's column as groups of people: by value, or by bands of a number."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from model_store.validation import MOST_GROUPS
from training.dataset import Groups, TrainingError
from training.spec import SensitiveSpec

UNKNOWN = "unknown"
"""The group of customers of whom the table does not say it."""


def groups_of(column: pd.Series, said: SensitiveSpec) -> Groups:
    """The group [N] of each customer. TrainingError names the column where it cannot be cut into groups."""
    return _banded(column, said.bands) if said.bands else _named(column, said.labels)


def _banded(column: pd.Series, bands: list[float]) -> Groups:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if (np.isnan(numbers) & column.notna().to_numpy()).any():
        raise TrainingError(f"sensitive column {column.name} has bands, but holds something that is no number")
    between = [f"{low:g} to below {high:g}" for low, high in pairwise(bands)]
    names = [f"below {bands[0]:g}", *between, f"{bands[-1]:g} and above", UNKNOWN]
    band = np.where(np.isnan(numbers), len(bands) + 1, np.searchsorted(bands, numbers, side="right"))
    return np.array(names)[band]


def _named(column: pd.Series, labels: dict[str, str]) -> Groups:
    is_number = pd.api.types.is_numeric_dtype(column)
    written = {value: f"{value:g}" if is_number else str(value) for value in column.dropna().unique()}
    if len(written) > MOST_GROUPS:
        raise TrainingError(f"sensitive column {column.name} has {len(written)} values: give bands for it")
    if unknown := sorted(labels.keys() - set(written.values())):
        raise TrainingError(f"sensitive column {column.name} never holds {', '.join(unknown)}, which has a label")
    names = {value: labels.get(text, text) for value, text in written.items()}
    return np.array([names.get(value, UNKNOWN) for value in column], dtype=np.str_)
