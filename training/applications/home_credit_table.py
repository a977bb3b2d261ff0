"""Home Credit's application table, as Kaggle ships it or as it was drawn, to what models learn from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from applications.home_credit import (
    COLUMNS,
    ID,
    MEAN_OF_SOURCES,
    NOT_EMPLOYED,
    NOT_SAID,
    RATIOS,
    SOURCES,
    TARGET,
)
from laboratory.plan import Plan
from scoring.features import Feature
from training.applications.declared import held_to
from training.applications.home_credit_features import features
from training.dataset import Groups, TrainingError
from training.lab.reading import told
from training.lab.tables import from_frame
from training.lab.words import Table
from training.sensitive import groups_of
from training.spec import SensitiveSpec

NAME: Final = "home_credit"
AGE_BANDS: Final = [30.0, 40.0, 50.0, 60.0]
DAYS_OF_A_YEAR: Final = 365.25
GROUPS: Final = ("CODE_GENDER", "NAME_FAMILY_STATUS")


def home_credit_table(raw: pd.DataFrame, plan: Plan, source: str) -> tuple[Table, tuple[Feature, ...]]:
    """The whole table, cleaned, with what is derived, and the features that it holds. TrainingError.

    Any subset of its rows; columns that are not the table's are left out with a warning, like those that hold the same
    value in every row.
    """
    if TARGET not in raw.columns:
        raise TrainingError(
            f"the table has no column {TARGET}: Kaggle's application_train.csv has it, the test file not"
        )
    there = [name for name in COLUMNS if name in raw.columns]
    if not there:
        raise TrainingError(f"the table has none of Home Credit's columns, such as {', '.join(COLUMNS[:5])}")
    table = from_frame(cleaned(raw[[*there, TARGET]]), plan, source)
    unknown = [str(name) for name in raw.columns if name not in {ID, TARGET, *COLUMNS}]
    warnings = (f"{told(unknown)}: no columns of the table, left out",) if unknown else ()
    table = replace(
        table,
        frame=with_derived(table.frame),
        sensitive=sensitive(table.frame),
        warnings=(*table.warnings, *warnings),
    )
    texts = [name for name in there if isinstance(table.frame.get(name, pd.Series()).dtype, pd.CategoricalDtype)]
    known = features({name: table.frame[name].cat.categories for name in texts})
    return held_to(table, known), known


def only(table: Table, names: Iterable[str]) -> Table:
    """The table with those of these columns that it has, in its own order."""
    wanted = set(names)
    return replace(table, frame=table.frame[[name for name in table.frame.columns if name in wanted]])


def cleaned(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a gap wherever the table's code for "not said" stands (applications.home_credit.cleaned)."""
    found = {}
    for name in frame.columns:
        column = frame[name]
        if not pd.api.types.is_numeric_dtype(column):
            column = column.where(~column.isin(NOT_SAID))
        elif name == "DAYS_EMPLOYED":
            column = column.where(column != NOT_EMPLOYED)
        found[name] = column
    return pd.DataFrame(found)


def with_derived(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with what applications.home_credit.features derives of each row, as far as its columns are there."""
    found = {}
    for name, (over, under) in RATIOS.items():
        if over in frame and under in frame:
            found[name] = frame[over] / frame[under].where(frame[under] != 0)
    sources = [frame[name] for name in SOURCES if name in frame]
    if sources:
        total = sum((each.fillna(0.0) for each in sources[1:]), sources[0].fillna(0.0))
        count = sum((each.notna().astype(float) for each in sources[1:]), sources[0].notna().astype(float))
        found[MEAN_OF_SOURCES] = total / count.where(count > 0)
    return frame.assign(**found)


def sensitive(frame: pd.DataFrame) -> dict[str, Groups]:
    """Sex, family status and age band of each applicant [N], as far as the table says them."""
    found = {name: groups_of(frame[name], SensitiveSpec()) for name in GROUPS if name in frame}
    if "DAYS_BIRTH" in frame:
        years = pd.Series(np.floor(-frame["DAYS_BIRTH"] / DAYS_OF_A_YEAR), name="DAYS_BIRTH")
        found["AGE_BAND"] = groups_of(years, SensitiveSpec(bands=AGE_BANDS))
    return found


def without_copies(names: Sequence[str]) -> list[str]:
    """Names without the most frequent and the median value of what a home's columns give the average of."""
    return [
        name for name in names if not (name.endswith(("_MODE", "_MEDI")) and f"{name.rsplit('_', 1)[0]}_AVG" in COLUMNS)
    ]
