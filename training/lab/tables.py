"""Any table to a `Table` that can be learnt from, or a TrainingError that says what to change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.arrays import Floats
from laboratory.plan import Plan, Setting
from training.dataset import Groups, TrainingError
from training.lab.columns import as_texts, typed, written
from training.lab.kept import kept
from training.lab.leaks import leaks
from training.lab.reading import MISSING, check_names, read_file, read_rows, told
from training.lab.words import Table
from training.sensitive import groups_of
from training.spec import SensitiveSpec

FEWEST_PER_CLASS = 20
"""Defaults, and non-defaults: with fewer there is nothing to learn from, to stop by and to measure on."""
MOST_VALUES = 10
"""Different numbers of a sensitive column that are groups by themselves; more are cut into quarters."""
MOST_SENSITIVE_GROUPS = 100


def from_rows(rows: Iterable[Mapping[str, object]], plan: Plan, name: str = "rows of a request") -> Table:
    """A table of JSON objects. TrainingError."""
    return from_frame(read_rows(rows), plan, name)


def from_file(path: Path, plan: Plan) -> Table:
    """A CSV or Parquet file as a table. TrainingError."""
    return from_frame(read_file(path), plan, path.name)


def from_frame(raw: pd.DataFrame, plan: Plan, name: str) -> Table:
    """A table whose columns are known for what they are: float64, or categories of texts. TrainingError.

    What no model can use (empty, constant, row numbers, names) is left out with a warning; a column that gives the
    target away stays, with a warning.
    """
    check_names(list(raw.columns))
    _check_asked(raw, plan)
    defaulted = _defaulted(raw[plan.target], plan)
    raw = raw.drop(columns=plan.target)
    unused = set(plan.left_out) - set(plan.sensitive)
    columns = {each: (_any if each in unused else typed)(raw[each], each) for each in raw.columns}
    digest = _digest(columns, defaulted)
    sensitive = {each: _groups(columns[each], each) for each in plan.sensitive}
    frame, warnings = kept({each: column for each, column in columns.items() if each not in plan.left_out})
    warnings += leaks(frame, defaulted, plan.seed)
    return Table(frame, defaulted, sensitive, name, digest, tuple(warnings))


def _any(raw: pd.Series, name: str) -> pd.Series:
    """A column that is not learnt from: what it would be if it were, so that the table's digest is the same."""
    try:
        return typed(raw, name)
    except TrainingError:  # it may hold whatever it likes
        return as_texts(raw)


def _check_asked(raw: pd.DataFrame, plan: Plan) -> None:
    asked = {"target": (plan.target,), "sensitive": plan.sensitive, "left_out": plan.left_out}
    for what, names in asked.items():
        if missing := [each for each in names if each not in raw.columns]:
            has = told(list(raw.columns)) or "none"
            raise TrainingError(f"{what}: the table has no column {told(missing)}; it has {has}")
    if plan.target in (*plan.sensitive, *plan.left_out):
        raise TrainingError(f"target {plan.target} cannot also be a sensitive column, or left out")
    if len(raw) < 2 * FEWEST_PER_CLASS:
        raise TrainingError(f"the table has {len(raw)} rows; at least {2 * FEWEST_PER_CLASS} are needed")


def _defaulted(raw: pd.Series, plan: Plan) -> Floats:
    """1 for a default, 0 for the other of the target's two values [N]."""
    try:
        codes, uniques = pd.factorize(raw)
        names = [_label(each) for each in uniques]
    except (TypeError, ValueError) as error:
        raise TrainingError(f"target {plan.target} holds something that is neither a number nor text") from error
    is_missing = np.array([*(each in MISSING for each in names), True])[codes]
    if is_missing.any():
        first, count = int(is_missing.argmax()) + 1, int(is_missing.sum())
        raise TrainingError(f"target {plan.target} is missing in {count} rows, first in row {first}: leave those out")
    found, wanted = sorted(set(names)), _label(plan.default_value)
    if len(found) == 1:
        raise TrainingError(f"target {plan.target} holds one value only: there is nothing to tell apart")
    if len(found) != 2 or wanted not in found:
        shown = ", ".join(each[:30] for each in found) if len(found) <= MOST_VALUES else f"{len(found)} values"
        raise TrainingError(
            f"target {plan.target} must hold two values, one of them {wanted[:30]} for a default; it holds {shown}"
        )
    defaulted = np.array([float(each == wanted) for each in names])[codes]
    counts = int(defaulted.sum()), int((1 - defaulted).sum())
    if min(counts) < FEWEST_PER_CLASS:
        raise TrainingError(
            f"the table has {counts[0]} rows with a default and {counts[1]} without; at least {FEWEST_PER_CLASS} of "
            "each are needed"
        )
    return np.asarray(defaulted, dtype=np.float64)


def _label(value: Setting) -> str:
    """A target's value as text; true and false are 1 and 0."""
    return str(int(value)) if isinstance(value, bool | np.bool_) else written(value)


def _groups(column: pd.Series, name: str) -> Groups:
    """The group of each row [N]: its text, its number, or the quarter of the table that its number lies in."""
    values = column.dropna().unique()
    if isinstance(column.dtype, pd.CategoricalDtype):
        if len(values) > MOST_SENSITIVE_GROUPS:
            raise TrainingError(
                f"sensitive column {name} has {len(values)} groups; give at most {MOST_SENSITIVE_GROUPS}"
            )
        return groups_of(column, SensitiveSpec())
    if len(values) <= MOST_VALUES:
        return groups_of(column, SensitiveSpec())
    quarters = np.nanquantile(column.to_numpy(), (0.25, 0.5, 0.75), method="lower")
    return groups_of(column.rename(name), SensitiveSpec(bands=sorted({float(each) for each in quarters})))


def _digest(columns: Mapping[str, pd.Series], defaulted: Floats) -> str:
    """SHA-256 (hexadecimal) of the target and of every column by name, as numbers or texts.

    The same for the same table as rows, CSV or Parquet, with its columns in any order.
    """
    digest = hashlib.sha256(np.ascontiguousarray(defaulted, "<f8").tobytes())
    for name in sorted(columns):
        column = columns[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            _add(digest, name, list(column.cat.categories), np.ascontiguousarray(column.cat.codes, "<i4"))
        else:
            numbers = column.to_numpy() + 0.0  # -0 becomes 0
            numbers[np.isnan(numbers)] = np.nan  # of the many bit patterns, one
            _add(digest, name, None, np.ascontiguousarray(numbers, "<f8"))
    return digest.hexdigest()


def _add(digest: hashlib._Hash, name: str, categories: Sequence[str] | None, values: NDArray[np.generic]) -> None:
    digest.update(json.dumps([name, categories]).encode())
    digest.update(values.tobytes())
