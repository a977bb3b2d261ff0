"""Fitted scikit-learn transformers as nodes of the graph: imputing, one column for each category, columns apart.

Exact in 64 bits, and NaN is what it is to scikit-learn. What is not here goes to skl2onnx. Imports no scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.compile.graph import Graph, NotConvertible
from model_store.compile.rows import Plausible, around
from model_store.compile.sklearn_forms import affine_of, plausible_of
from model_store.compile.wire import Array

Other = Callable[[Any, Graph, str], str]
"""Adds a transformer that is none of these. Raises NotConvertible."""


def add_transformer(step: Any, graph: Graph, value: str, other: Other) -> str:
    """The nodes of a fitted transformer, [N, k] -> [N, m]. Raises NotConvertible."""
    kind = type(step).__name__
    if affine := affine_of(step):
        return affine.add_to(graph, value)
    if kind == "Pipeline":
        for _, each in step.steps:
            value = value if each in (None, "passthrough") else add_transformer(each, graph, value, other)
        return value
    if kind == "FunctionTransformer" and step.func is None:
        return value
    if kind == "ColumnTransformer":
        return _add_columns(step, graph, value, other)
    if kind == "SimpleImputer" and _is_nan(step.missing_values):
        return _add_imputer(step, graph, value)
    if kind == "MissingIndicator" and _is_nan(step.missing_values):
        return _add_indicator(step, graph, value)
    if kind == "OneHotEncoder":
        return _add_one_hot(step, graph, value)
    return other(step, graph, value)


def seen_by(step: Any, size: int) -> Array:
    """(low, centre, high) of each column [3, size] that a transformer was fitted on; NaN where it does not tell."""
    kind = type(step).__name__
    if kind == "Pipeline":
        return _seen_by_steps(step, size)
    found = np.full((3, size), np.nan)
    if kind == "ColumnTransformer":
        for each, columns in _parts(step):
            found[:, columns] = seen_by(each, len(columns))
    elif kind == "SimpleImputer":
        statistics = _as_numbers(step.statistics_)
        found[1] = np.nan if statistics is None else statistics
    elif kind == "OneHotEncoder":
        for column, categories in enumerate(step.categories_):
            numbers = _as_numbers(categories)
            if numbers is not None and np.isfinite(numbers).any():
                found[:, column] = np.quantile(numbers[np.isfinite(numbers)], (0, 0.5, 1), method="nearest")
    elif scaler := plausible_of(step, getattr(step, "n_features_in_", size)):
        found = np.stack([scaler.low, scaler.centre, scaler.high])[:, :size]
    return found


def _seen_by_steps(step: Any, size: int) -> Array:
    """What the first step tells and, as long as the columns stay what they were, what the next ones add."""
    found = np.full((3, size), np.nan)
    for _, each in step.steps:
        inner = seen_by(each, max(size, getattr(each, "n_features_in_", size)))[:, :size]
        found = np.where(np.isnan(found), inner, found)
        if not _keeps_columns(each):
            break
    return found


def plausible_of_columns(step: Any, size: int) -> Plausible | None:
    """Where the columns lie that a transformer was fitted on; None when it tells nothing."""
    low, centre, high = seen_by(step, size)
    is_told = ~np.isnan(centre)
    if not is_told.any():
        return None
    centre = np.where(is_told, centre, 0.0)
    least, most = around(centre)
    low, high = np.where(np.isnan(low), least, low), np.where(np.isnan(high), most, high)
    return Plausible(low, high, centre, "scaler mean", is_known=bool(is_told.all()))


def _parts(step: Any) -> Iterator[tuple[Any, list[int]]]:
    """What a ColumnTransformer does with which columns, in the order of its output; without what it drops."""
    for name, each, _ in step.transformers_:
        columns = list(step._transformer_to_input_indices[name])  # noqa: SLF001 # public nowhere
        if columns and not (isinstance(each, str) and each == "drop"):
            yield each, columns


def _keeps_columns(step: Any) -> bool:
    """Whether the first columns that come out are those that went in, changed or not."""
    if type(step).__name__ == "SimpleImputer":
        statistics = _as_numbers(step.statistics_)
        return statistics is not None and (step.keep_empty_features or not np.isnan(statistics).any())
    return affine_of(step) is not None


def _add_columns(step: Any, graph: Graph, value: str, other: Other) -> str:
    made = []
    for each, columns in _parts(step):
        part = graph.columns(value, columns)
        is_kept = isinstance(each, str) and each == "passthrough"
        made.append(part if is_kept else add_transformer(each, graph, part, other))
    if not made:
        raise NotConvertible("its ColumnTransformer keeps no column")
    return made[0] if len(made) == 1 else graph.op("Concat", *made, axis=1)


def _add_imputer(step: Any, graph: Graph, value: str) -> str:
    statistics = _as_numbers(step.statistics_)
    if statistics is None:
        raise NotConvertible("its SimpleImputer puts in something else than numbers")
    kept = np.flatnonzero(~np.isnan(statistics))
    filled = graph.op("Where", graph.op("IsNaN", value), graph.constant(statistics[None, :]), value)
    if len(kept) < len(statistics):
        filled = graph.columns(filled, kept.tolist())
    if not step.add_indicator:
        return filled
    return graph.op("Concat", filled, _add_indicator(step.indicator_, graph, value), axis=1)


def _add_indicator(step: Any, graph: Graph, value: str) -> str:
    columns = graph.columns(value, [int(each) for each in step.features_])
    return graph.cast(graph.op("IsNaN", columns), "double")


def _add_one_hot(step: Any, graph: Graph, value: str) -> str:
    made = [
        graph.op("MatMul", _is_each(graph, graph.columns(value, [index]), categories), graph.constant(table))
        for index, (categories, table) in enumerate(zip(step.categories_, _tables(step), strict=True))
    ]
    return made[0] if len(made) == 1 else graph.op("Concat", *made, axis=1)


def _is_each(graph: Graph, column: str, categories: NDArray[Any]) -> str:
    """[N, 1] -> [N, K + 1]: 1.0 under the category that it is, or under none in the last column."""
    numbers = _as_numbers(categories)
    if numbers is None:
        raise NotConvertible("its OneHotEncoder was fitted on something else than numbers")
    is_nan = np.isnan(numbers)
    same = graph.op("Equal", column, graph.constant(np.where(is_nan, np.inf, numbers)[None, :]))
    if is_nan.any():
        same = graph.op("Or", same, graph.op("And", graph.op("IsNaN", column), graph.constant(is_nan[None, :])))
    found = graph.cast(same, "double")
    axis = graph.constant(np.array([1], np.int64))
    none = graph.op("Sub", graph.constant(1.0), graph.op("ReduceSum", found, axis, keepdims=1))
    return graph.op("Concat", found, none, axis=1)


def _tables(step: Any) -> Iterator[Array]:
    """For each column [K + 1, M]: the output columns that a category, and lastly an unknown one, sets."""
    grouped: Sequence[Any] = getattr(step, "_default_to_infrequent_mappings", [None] * len(step.categories_))
    dropped = step._drop_idx_after_grouping  # noqa: SLF001 # public nowhere
    for index, categories in enumerate(step.categories_):
        places = np.arange(len(categories)) if grouped[index] is None else np.asarray(grouped[index])
        table = np.zeros((len(categories) + 1, int(places.max()) + 1))
        table[np.arange(len(categories)), places] = 1.0
        if grouped[index] is not None and step.handle_unknown in ("infrequent_if_exist", "warn"):
            table[-1, -1] = 1.0
        if dropped is not None and dropped[index] is not None:
            table = np.delete(table, int(dropped[index]), axis=1)
        yield table


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and value != value


def _as_numbers(values: Any) -> Array | None:
    array = np.asarray(values)
    if array.dtype.kind == "O":  # a SimpleImputer with a constant keeps it so
        is_number = all(isinstance(each, int | float | np.number) for each in array.ravel())
    else:
        is_number = array.dtype.kind in "iufb"
    return array.astype(np.float64) if is_number else None
