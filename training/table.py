"""Customers from a bank's own table, a CSV or Parquet file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.arrays import Floats
from scoring.features import FLOAT32_MAX, Feature
from training.dataset import Dataset, Inputs, TrainingError
from training.sensitive import groups_of
from training.spec import INPUT_OF, Spec


def read_table(path: Path, spec: Spec) -> Dataset:
    """Read the columns that the spec names. TrainingError says which of them is not as it should be."""
    columns = {name: spec.column(name) for group in INPUT_OF for name in getattr(spec.groups, group)}
    frame = _read(path, [spec.target, *columns.values(), *map(spec.sensitive_column, spec.sensitive)])
    values = {name: _numbers(frame[column], column) for name, column in columns.items()}
    inputs = {
        model: Inputs(
            tuple(_feature(name, values[name], spec) for name in getattr(spec.groups, group)),
            np.column_stack([values[name] for name in getattr(spec.groups, group)]),
            frozenset(name for name in getattr(spec.groups, group) if spec.feature(name).categorical),
        )
        for group, model in INPUT_OF.items()
    }
    sensitive = {name: groups_of(frame[spec.sensitive_column(name)], said) for name, said in spec.sensitive.items()}
    return Dataset(inputs, _defaulted(frame[spec.target], spec), sensitive)


def _read(path: Path, columns: Iterable[str]) -> pd.DataFrame:
    wanted = list(dict.fromkeys(columns))
    try:
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, low_memory=False)
    except (OSError, ValueError) as error:  # pandas' and pyarrow's errors of a broken file are ValueErrors
        raise TrainingError(f"{path}: cannot be read as a table ({type(error).__name__})") from error
    if missing := [column for column in wanted if column not in frame.columns]:
        raise TrainingError(f"{path}: has no column {', '.join(missing)}; it has {', '.join(map(str, frame.columns))}")
    return frame[wanted]


def _numbers(column: pd.Series, name: str) -> Floats:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.isnan(numbers) & column.notna().to_numpy()
    if wrong.any():
        raise TrainingError(
            f"column {name} holds something that is no number in row {int(wrong.argmax()) + 1} "
            f"({int(wrong.sum())} rows in all); models take numbers, so give categories as codes"
        )
    if np.isnan(numbers).all():
        raise TrainingError(f"column {name} is empty")
    if np.nanmax(np.abs(numbers)) > FLOAT32_MAX:
        raise TrainingError(f"column {name} holds a number too large to score")
    return numbers


def _defaulted(column: pd.Series, spec: Spec) -> Floats:
    if column.isna().any():
        raise TrainingError(f"target {spec.target} is missing in {int(column.isna().sum())} rows; leave those out")
    found = sorted(map(str, column.unique()))
    defaulted = np.asarray(column == spec.default_value, dtype=np.float64)
    if len(found) != 2 or not defaulted.any():
        raise TrainingError(
            f"target {spec.target} must hold two values, one of them {spec.default_value!r} for a default; "
            f"it holds {', '.join(found[:5])}{' and others' if len(found) > 5 else ''}"
        )
    return defaulted


def _feature(name: str, values: Floats, spec: Spec) -> Feature:
    said = spec.feature(name)
    lowest, highest = said.minimum, said.maximum
    if said.categorical:
        lowest = float(np.nanmin(values)) if lowest is None else lowest
        highest = float(np.nanmax(values)) if highest is None else highest
    feature = Feature(
        name,
        minimum=lowest,
        maximum=highest,
        integer=said.integer or said.categorical,
        required=not np.isnan(values).any(),
        protected=said.protected,
        reason=said.reason,
    )
    for value in np.unique(values[~np.isnan(values)]).tolist():
        if problem := feature.problem(value):
            raise TrainingError(f"column {spec.column(name)} holds {value:g}, but a request's {name} {problem}")
    return feature
