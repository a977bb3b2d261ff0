"""Features that an application's contract declares: a table is held to them, and its winner goes by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from scoring.features import Feature
from training.dataset import TrainingError
from training.lab.words import Table, Winner


def held_to(table: Table, features: Iterable[Feature]) -> Table:
    """The table with those of its columns that are features, categories coded in the declared order. TrainingError.

    A column must hold what its feature lets a client send: numbers in range, known categories, gaps only where nothing
    need be given. What is in the table beside the features is left out.
    """
    columns: dict[str, pd.Series] = {}
    for feature in features:
        if feature.name in table.frame.columns:
            columns[feature.name] = _held(table.frame[feature.name], feature)
        elif feature.required:
            raise TrainingError(f"column {feature.name} is missing, or holds nothing to learn from")
    return replace(table, frame=pd.DataFrame(columns))


def described(winner: Winner, features: Iterable[Feature]) -> Winner:
    """The winner whose features say what is declared of them; categories that are not declared stay as trained."""
    known: Mapping[str, Feature] = {each.name: each for each in features}
    return replace(
        winner,
        features=tuple(
            replace(known[each.name], categories=known[each.name].categories or each.categories)
            for each in winner.features
        ),
    )


def _held(column: pd.Series, feature: Feature) -> pd.Series:
    is_text = isinstance(column.dtype, pd.CategoricalDtype)
    if feature.required and column.isna().any():
        raise TrainingError(f"column {feature.name} has gaps, first in row {_first(column.isna())}; it needs a value")
    if feature.categories is not None:
        wrong = column.notna() & ~column.isin(feature.categories)
        if wrong.any():
            raise TrainingError(
                f"column {feature.name} holds other categories than {', '.join(feature.categories)}, first in row "
                f"{_first(wrong)} ({int(wrong.sum())} rows in all)"
            )
        return column.astype("object").astype(pd.CategoricalDtype(list(feature.categories), ordered=True))
    if is_text:
        return column
    below = column < feature.minimum if feature.minimum is not None else pd.Series(False, column.index)
    above = column > feature.maximum if feature.maximum is not None else pd.Series(False, column.index)
    wrong = below | above
    if wrong.any():
        ends = [f"from {feature.minimum:g}" if feature.minimum is not None else ""]
        ends += [f"to {feature.maximum:g}" if feature.maximum is not None else ""]
        raise TrainingError(
            f"column {feature.name} must lie {' '.join(filter(None, ends))}; the first row where it does not is "
            f"{_first(wrong)} ({int(wrong.sum())} rows in all)"
        )
    return column


def _first(wrong: pd.Series) -> int:
    return int(wrong.to_numpy().argmax()) + 1
