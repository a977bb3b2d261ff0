"""From a file or from rows that were sent to a table as it came, with the names of its columns checked."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from model_store.manifest import LONGEST_NAME
from training.dataset import TrainingError

MOST_COLUMNS: Final = 2_000
MISSING: Final = ("", "NA", "N/A", "NaN", "nan", "null", "NULL")
"""Texts that stand for a value that is not there, in files and in rows alike."""
PARQUET: Final = (".parquet", ".pq")
CSV: Final = (".csv", ".csv.gz", ".csv.bz2", ".csv.xz", ".csv.zip")
TOLD = 5
"""Names that an error lists."""


def read_file(path: Path) -> pd.DataFrame:
    """The table in a CSV (with a head, comma separated, UTF-8, packed or not) or Parquet file. TrainingError."""
    name = path.name.lower()
    if not name.endswith((*PARQUET, *CSV)):
        raise TrainingError(f"{path.name}: a table is a file {', '.join((*CSV[:2], PARQUET[0]))}")
    try:
        return _parquet(path) if name.endswith(PARQUET) else _csv(path)
    except FileNotFoundError as error:
        raise TrainingError(f"{path.name}: there is no such file") from error
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:  # its words name lines, no values
        raise TrainingError(f"{path.name}: is not an even table: {error}") from error
    except (OSError, ValueError, EOFError) as error:  # of pandas, pyarrow and the packers for a broken file
        raise TrainingError(f"{path.name}: cannot be read as a table ({type(error).__name__})") from error


def read_rows(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """The table of JSON objects; a key that a row does not have is a gap. TrainingError."""
    held, names = [], dict[str, None]()
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            raise TrainingError(f"row {number} is no object of named values")
        names.update(dict.fromkeys(row))
        if len(names) > MOST_COLUMNS:
            break
        held.append(row)
    check_names(list(names))
    try:
        return pd.DataFrame(held, columns=list(names))
    except OverflowError as error:
        raise TrainingError("a row holds a number too large to compute with") from error


def check_names(names: Sequence[object]) -> None:
    """TrainingError for columns too many, named twice, or not named at all."""
    if len(names) > MOST_COLUMNS:
        raise TrainingError(f"the table has more than {MOST_COLUMNS:,} columns; give those that a model may need")
    for number, name in enumerate(names, start=1):
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise TrainingError(f"column {number} has no usable name")
        if len(name) > LONGEST_NAME:
            raise TrainingError(f"column {number} has a name of more than {LONGEST_NAME} characters")
    if twice := [str(name) for name, count in Counter(names).items() if count > 1]:
        raise TrainingError(f"the table has two columns of the name {told(twice)}")


def told(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - TOLD} more" if len(names) > TOLD else ""
    return ", ".join(name[:64] for name in names[:TOLD]) + more


def _csv(path: Path) -> pd.DataFrame:
    plain: dict[str, Any] = {"encoding": "utf-8-sig", "keep_default_na": False}
    try:
        head = pd.read_csv(path, header=None, nrows=1, dtype=str, index_col=False, **plain)
    except pd.errors.EmptyDataError as error:
        raise TrainingError(f"{path.name}: is empty") from error
    check_names(list(head.iloc[0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # a row longer than the head would be cut
        frame: pd.DataFrame = pd.read_csv(
            path,
            index_col=False,
            na_values=list(MISSING),
            low_memory=False,  # a column is read as one kind, wherever in the file its first text stands
            **plain,
        )
    return frame


def _parquet(path: Path) -> pd.DataFrame:
    import pyarrow.parquet

    with path.open("rb") as file:
        schema = pyarrow.parquet.ParquetFile(file).schema_arrow
    check_names(schema.names)
    frame = pd.read_parquet(path)
    return frame if list(frame.columns) == list(schema.names) else frame.reset_index()[list(schema.names)]
