"""Uploaded tables, CSV or Parquet, as rows of plain JSON values."""

from __future__ import annotations

import io
import math
from typing import Any, Final

import pandas as pd

FORMATS: Final = ("csv", "parquet")
MOST_ROWS: Final = 200_000


class Unreadable(Exception):
    """The file is no table that can be used; the message says why, for its user."""


def table(name: str, content: bytes) -> pd.DataFrame:
    """The rows of a file. Raises Unreadable."""
    try:
        frame = pd.read_parquet(io.BytesIO(content)) if name.lower().endswith(".parquet") else _csv(content)
    except Unreadable:
        raise
    except Exception as error:  # pandas and pyarrow raise whatever they like of a broken file
        raise Unreadable(
            f"It cannot be read as {'Parquet' if name.lower().endswith('.parquet') else 'CSV'}."
        ) from error
    frame.columns = frame.columns.map(str)
    if frame.empty:
        raise Unreadable("It holds no rows.")
    if len(frame) > MOST_ROWS:
        raise Unreadable(f"It holds {len(frame):,} rows; at most {MOST_ROWS:,} are taken at once.")
    if not frame.columns.is_unique:
        raise Unreadable("Two of its columns have the same name.")
    return frame


def _csv(content: bytes) -> pd.DataFrame:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("It is not UTF-8 text: save it as CSV in UTF-8.") from None
    head = text[: text.find("\n")] if "\n" in text else text
    separator = max(",;\t", key=head.count)
    return pd.read_csv(io.StringIO(text), sep=separator, dtype={"customer_id": str})


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One object for each row: numbers, text, booleans, and None where a value is missing."""
    columns = {name: [value(each) for each in frame[name].tolist()] for name in frame.columns}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def value(cell: object) -> Any:
    """A cell as JSON holds it: no NaN, no infinity, no date but as text."""
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return None
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    return cell if isinstance(cell, bool | int | str) else str(cell)
