"""What kind a column is, and its values as training takes them: numbers, or texts that are categories."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from scoring.features import FLOAT32_MAX
from training.dataset import TrainingError
from training.lab.reading import MISSING

MOSTLY = 0.5
"""Share of numbers from which on a column with texts among them is a column of numbers with mistakes in it."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?|\d{1,2}([./-])\d{1,2}\2\d{2,4}")
_DATES = (
    "column {name} holds dates, which no model can take: give a number instead, such as days before the application, "
    "or leave the column out"
)


def typed(raw: pd.Series, name: str) -> pd.Series:
    """The column as float64 with NaN for gaps, or as a pandas category of texts in alphabetical order.

    Flags become the categories "false" and "true". Texts that are all numbers are numbers. TrainingError names the
    column and the first row for numbers with text among them, dates, infinite or huge numbers, lists and objects.
    """
    if types.is_datetime64_any_dtype(raw.dtype) or types.is_timedelta64_dtype(raw.dtype):
        raise TrainingError(_DATES.format(name=name))
    if types.is_numeric_dtype(raw.dtype) and not types.is_bool_dtype(raw.dtype):
        return _numbers(raw, name)
    try:
        codes, uniques = pd.factorize(raw)
    except TypeError as error:
        raise TrainingError(_nested(raw, name)) from error
    found = list(uniques)
    gaps = np.array([isinstance(each, str) and each in MISSING for each in found] + [True])
    codes = np.where(gaps[codes], -1, codes)
    return _numbers_or_texts(codes, found, raw.index, name)


def as_texts(raw: pd.Series) -> pd.Series:
    """Any column as categories of texts: one that is only named in a digest, and not learnt from."""
    codes, found = pd.factorize(raw.map(str, na_action="ignore"))
    return _texts(codes, list(found), raw.index)


def written(value: object) -> str:
    """One value as the text that stands for it, however it came: 1, 1.0 and "1" are the same."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]  # `typed` let numbers through, and nothing else
    return str(int(number)) if math.isfinite(number) and number == int(number) else repr(number)


def _numbers_or_texts(codes: NDArray[np.int64], found: Sequence[Any], index: pd.Index, name: str) -> pd.Series:
    present = np.unique(codes[codes >= 0])
    if any(isinstance(found[each], date | timedelta) for each in present):
        raise TrainingError(_DATES.format(name=name))
    wrong = [each for each in present if not isinstance(found[each], str | bool | np.bool_ | int | float | Decimal)]
    if wrong:
        row = int(np.isin(codes, wrong).argmax()) + 1
        raise TrainingError(f"column {name} holds something that is neither a number nor text in row {row}")
    if present.size and all(isinstance(found[each], bool | np.bool_) for each in present):
        return _texts(codes, found, index)
    numbers = np.full(len(found) + 1, np.nan)
    is_number = np.zeros(len(found) + 1, dtype=bool)
    for each in present:
        numbers[each], is_number[each] = _number(found[each])
    counts = np.bincount(codes[codes >= 0], minlength=len(found) + 1)
    with_number, in_all = int(counts[is_number].sum()), int(counts.sum())
    if with_number == in_all:
        return _numbers(pd.Series(numbers[codes], index=index), name)
    if with_number >= MOSTLY * in_all:
        is_text = (codes >= 0) & ~is_number[codes]
        raise TrainingError(
            f"column {name} holds text among its numbers, first in row {int(is_text.argmax()) + 1} "
            f"({int(is_text.sum())} rows in all): correct it, leave it empty where the value is not known, or leave "
            "the column out"
        )
    if all(isinstance(found[each], str) and _DATE.fullmatch(found[each]) for each in present):
        raise TrainingError(_DATES.format(name=name))
    return _texts(codes, found, index)


def _number(value: Any) -> tuple[float, bool]:
    """(the number that a value or a text is, whether it is one)."""
    try:
        return float(value), not (isinstance(value, str) and "_" in value)
    except ValueError:
        return math.nan, False
    except OverflowError:  # a whole number of hundreds of digits
        return math.inf, True


def _numbers(raw: pd.Series, name: str) -> pd.Series:
    if types.is_complex_dtype(raw.dtype):
        raise TrainingError(f"column {name} holds complex numbers")
    numbers = raw.to_numpy(dtype=np.float64, na_value=np.nan)
    for is_wrong, what in ((np.isinf(numbers), "an infinite number"), (_huge(numbers), "a number too large to score")):
        if is_wrong.any():
            row, count = int(is_wrong.argmax()) + 1, int(is_wrong.sum())
            raise TrainingError(f"column {name} holds {what}, first in row {row} ({count} rows in all)")
    return pd.Series(numbers, index=raw.index)


def _huge(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(np.abs(numbers) > FLOAT32_MAX)


def _texts(codes: NDArray[np.int64], found: Sequence[Any], index: pd.Index) -> pd.Series:
    texts = [written(each) for each in found]
    categories = sorted({texts[each] for each in np.unique(codes[codes >= 0])})
    place = {text: position for position, text in enumerate(categories)}
    positions = np.array([*(place.get(text, -1) for text in texts), -1], dtype=np.int64)
    return pd.Series(pd.Categorical.from_codes(positions[codes], pd.Index(categories, dtype="str")), index=index)


def _nested(raw: pd.Series, name: str) -> str:
    is_nested = raw.map(lambda value: isinstance(value, list | dict | set | np.ndarray))
    return f"column {name} holds a list or an object in row {int(is_nested.to_numpy().argmax()) + 1}; give plain values"
