"""The steps before a model: from a raw table to coded rows, and from these to what a linear model or a net can take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

from evaluation.arrays import Floats
from laboratory.plan import ModelType
from scoring.features import Feature

GAP = -1.0
"""The code that a missing category gets where a model cannot take a gap."""


def is_number(column: pd.Series) -> bool:
    """Whether a column is a number (or a flag); anything else is read as text, each value a category."""
    return bool(pd.api.types.is_numeric_dtype(column) and not isinstance(column.dtype, pd.CategoricalDtype))


def is_declared(column: pd.Series) -> bool:
    """Whether a column names its categories and their order itself."""
    return isinstance(column.dtype, pd.CategoricalDtype) and bool(column.dtype.ordered)


def columns(frame: pd.DataFrame) -> ColumnTransformer:
    """The step `columns`, fitted: raw rows to coded rows [N, n], numbers first, then the codes of categories.

    NaN stands for a gap and for a category that the frame does not hold. Codes follow the order of the texts, but those
    of a column with ordered categories (pandas) theirs, whether the frame holds them all or not: they are declared.
    """
    numbers = [name for name in frame.columns if is_number(frame[name])]
    declared = [name for name in frame.columns if is_declared(frame[name])]
    categories = [name for name in frame.columns if name not in {*numbers, *declared}]
    gaps = {"handle_unknown": "use_encoded_value", "unknown_value": np.nan, "encoded_missing_value": np.nan}
    codes, fixed = OrdinalEncoder(**gaps), [list(map(str, frame[name].cat.categories)) for name in declared]
    steps = [
        ("numbers", FunctionTransformer(as_floats), numbers),
        ("categories", make_pipeline(FunctionTransformer(as_texts), codes), categories),
        ("declared", make_pipeline(FunctionTransformer(as_texts), OrdinalEncoder(categories=fixed, **gaps)), declared),
    ]
    return ColumnTransformer([step for step in steps if step[2]], sparse_threshold=0).fit(frame)


def coded(fitted: ColumnTransformer, frame: pd.DataFrame) -> Floats:
    """Coded rows [N, n] of a raw table."""
    rows: Any = fitted.transform(frame)
    return np.asarray(rows, dtype=np.float64)


def features(fitted: ColumnTransformer, rows: Floats, protected: Sequence[str]) -> tuple[Feature, ...]:
    """What the coded rows [N, n] of the whole table hold; a feature without a gap in any of them is required."""
    names, texts = names_and_categories(fitted)
    return tuple(
        Feature(name, required=not np.isnan(column).any(), protected=name in protected, categories=categories)
        for name, categories, column in zip(names, texts, rows.T, strict=True)
    )


def names_and_categories(fitted: ColumnTransformer) -> tuple[list[str], list[tuple[str, ...] | None]]:
    """Of each column of the coded rows: its name, and its categories in the order of their codes (None: a number)."""
    names: list[str] = []
    texts: list[tuple[str, ...] | None] = []
    for step, transformer, of in fitted.transformers_:
        if step == "numbers":
            texts += [None] * len(of)
        elif step in ("categories", "declared"):
            found = transformer[-1].categories_
            texts += [tuple(text for text in each if isinstance(text, str)) for each in found]
        else:
            continue
        names += [str(name) for name in of]
    return names, texts


def prepare(
    model_type: ModelType, categories: Sequence[int | None], *, prepared: bool = False
) -> ColumnTransformer | None:
    """The step `prepare`, not fitted; None for boosted trees, which take a gap as it is, unless they are `prepared`.

    `categories`: of each column of the coded rows, how many codes it has, or None for a number.
    """
    is_boosted = model_type in ("xgboost", "lightgbm")
    if is_boosted and not prepared:
        return None
    numbers = [index for index, count in enumerate(categories) if count is None]
    codes = [index for index, count in enumerate(categories) if count is not None]
    median = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    own_code = SimpleImputer(strategy="constant", fill_value=GAP, keep_empty_features=True)
    of_numbers, of_codes = median, own_code
    if model_type != "random_forest":
        known = [np.arange(GAP, count) for count in categories if count is not None]
        one_hot = OneHotEncoder(categories=known, handle_unknown="ignore", sparse_output=False)
        of_codes = make_pipeline(own_code, one_hot)
        of_numbers = StandardScaler() if is_boosted else make_pipeline(median, StandardScaler())  # it keeps gaps
    steps = [("numbers", of_numbers, numbers), ("categories", of_codes, codes)]
    return ColumnTransformer([step for step in steps if step[2]], sparse_threshold=0)


def assembled(steps: Sequence[tuple[str, Any]]) -> Pipeline:
    """A Pipeline of fitted steps."""
    return Pipeline([step for step in steps if step[1] is not None])


def as_floats(frame: pd.DataFrame) -> Floats:
    """Numbers and flags [N, k] as 64-bit floats, NaN for every kind of gap."""
    return frame.to_numpy(dtype=np.float64, na_value=np.nan)


def as_texts(frame: pd.DataFrame) -> NDArray[np.object_]:
    """Categories [N, k] as texts, NaN for every kind of gap."""
    texts = np.empty(frame.shape, dtype=object)
    for index, name in enumerate(frame.columns):
        codes, found = pd.factorize(frame[name])
        texts[:, index] = np.array([*map(str, found), np.nan], dtype=object)[codes]
    return texts
