"""A model's own rows and inputs as columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from monitoring.drift.columns import Categories, Column, Numbers
from scoring.features import Feature, Row


def columns_of_inputs(
    features: Sequence[Feature], inputs: Sequence[Mapping[str, float | str | None]]
) -> dict[str, Column]:
    """Inputs [N] as they were scored, by feature name; one that is not named, or None, is missing."""
    return {each.name: _column(each, [given.get(each.name) for given in inputs]) for each in features}


def columns_of_rows(features: Sequence[Feature], rows: Sequence[Row]) -> dict[str, Column]:
    """Coded rows [N, n] of a model, in the order of its features."""
    return {each.name: _column(each, [each.said(float(row[i])) for row in rows]) for i, each in enumerate(features)}


def rows_of_inputs(features: Sequence[Feature], inputs: Sequence[Mapping[str, object]]) -> list[Row]:
    """Inputs as the model's rows, NaN for what is missing or nothing that the feature can hold."""
    return [tuple(_coded(each, given.get(each.name)) for each in features) for given in inputs]


def _column(feature: Feature, values: Sequence[float | str | None]) -> Column:
    if feature.categories is not None:
        labels = np.empty(len(values), dtype=object)
        labels[:] = [None if each is None else str(each) for each in values]
        return Categories(labels)
    return Numbers(np.array([math.nan if each is None else float(each) for each in values], dtype=np.float64))


def _coded(feature: Feature, value: object) -> float:
    if feature.categories is not None:
        return feature.coded(value) if value is None or feature.problem(value) is None else math.nan
    return float(value) if isinstance(value, int | float) else math.nan
