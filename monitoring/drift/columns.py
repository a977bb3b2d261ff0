"""Rows of JSON as columns of numbers and of text, or what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.arrays import Floats
from scoring.errors import FieldError, InvalidRequest
from scoring.features import FLOAT32_MAX

MOST_ROWS, MOST_COLUMNS, LONGEST_NAME, LONGEST_TEXT = 100_000, 2_000, 200, 1_000
MOST_TOLD = 20

Kind = Literal["number", "text", "true or false"]
Labels = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column [N] of numbers; NaN where a value is missing."""

    values: Floats


@dataclass(frozen=True, eq=False)
class Categories:
    """A column [N] of text; None where a value is missing."""

    values: Labels


Column = Numbers | Categories


@dataclass(frozen=True, eq=False)
class Both:
    """One feature on both sides; None for a side that does not have the column at all."""

    reference: Column | None
    current: Column | None


def read_both(reference: object, current: object) -> dict[str, Both]:
    """The columns of two lists of JSON objects, by name, in the order in which they first occur.

    A column holds numbers, or text, or true and false, the same on both sides; null, or no such name, is a missing
    value. Raises InvalidRequest for anything else, and when no column is on both sides.
    """
    errors: list[FieldError] = []
    sides = {"reference": _rows(reference, "reference", errors), "current": _rows(current, "current", errors)}
    _refuse(errors)
    names = {side: _names(rows, side, errors) for side, rows in sides.items()}
    _refuse(errors)
    every = list(dict.fromkeys([*names["reference"], *names["current"]]))
    if not set(names["reference"]) & set(names["current"]):
        raise InvalidRequest(errors=[FieldError("current", "has no column in common with reference")])
    found = {name: _both(name, sides, names, errors) for name in every}
    _refuse(errors)
    return found


def _rows(given: object, at: str, errors: list[FieldError]) -> Sequence[Mapping[str, object]]:
    if not isinstance(given, list | tuple):
        errors.append(FieldError(at, "is missing" if given is None else "must be a list of objects"))
    elif not given:
        errors.append(FieldError(at, "must hold at least one row"))
    elif len(given) > MOST_ROWS:
        errors.append(FieldError(at, f"must hold at most {MOST_ROWS:,} rows, not {len(given):,}"))
    elif wrong := [i for i, row in enumerate(given) if not isinstance(row, Mapping)]:
        errors.extend(FieldError(f"{at}[{i}]", "must be an object of named values") for i in wrong[:MOST_TOLD])
    else:
        return given
    return ()


def _names(rows: Sequence[Mapping[str, object]], at: str, errors: list[FieldError]) -> dict[str, None]:
    found: dict[str, None] = {}
    for row in rows:
        found.update(dict.fromkeys(row))
    if not found:
        errors.append(FieldError(at, "has rows without a single column"))
    if len(found) > MOST_COLUMNS:
        errors.append(FieldError(at, f"must have at most {MOST_COLUMNS:,} columns, not {len(found):,}"))
    unusable = [name for name in found if not 0 < len(name) <= LONGEST_NAME]
    wanted = f"a column's name must have 1 to {LONGEST_NAME} characters"
    errors.extend(FieldError(f"{at}.{name[:64]}", wanted) for name in unusable[:MOST_TOLD])
    return found


def _both(
    name: str,
    sides: Mapping[str, Sequence[Mapping[str, object]]],
    names: Mapping[str, Mapping[str, None]],
    errors: list[FieldError],
) -> Both:
    values = {side: [row.get(name) for row in rows] if name in names[side] else None for side, rows in sides.items()}
    of_one_kind = (
        (f"{side}[{i}].{name[:64]}", kind)
        for side, given in values.items()
        for i, each in enumerate(given or ())
        if (kind := _kind(each)) is not None
    )
    first = next(of_one_kind, ("", "number"))
    read = {
        side: None if given is None else _column(given, first, f"{side}[{{}}].{name[:64]}", errors)
        for side, given in values.items()
    }
    return Both(read["reference"], read["current"])


def _kind(value: object) -> Kind | None:
    if isinstance(value, bool):
        return "true or false"
    return "number" if isinstance(value, int | float) else "text" if isinstance(value, str) else None


def _column(values: Sequence[object], first: tuple[str, Kind], at: str, errors: list[FieldError]) -> Column:
    """`first`: where the first value is that has a kind, and its kind."""
    read: list[object] = []
    for i, value in enumerate(values):
        problem = None if value is None else _problem(value, first)
        if problem and len(errors) < MOST_TOLD:
            errors.append(FieldError(at.replace("{}", str(i), 1), problem))
        read.append(None if problem else str(value).lower() if isinstance(value, bool) else value)
    if first[1] == "number":
        return Numbers(np.array([np.nan if each is None else float(each) for each in read]))  # type: ignore[arg-type]
    labels = np.empty(len(read), dtype=object)
    labels[:] = read
    return Categories(labels)


def _problem(value: object, first: tuple[str, Kind]) -> str | None:
    found, (at, kind) = _kind(value), first
    if found is None:
        return "must be a number, text, true, false or null"
    if found != kind:
        return f"must be {'a number' if kind == 'number' else kind}, as in {at}"
    if found == "number" and not -FLOAT32_MAX <= value <= FLOAT32_MAX:  # type: ignore[operator] # also true for NaN
        return "is outside the range of numbers that can be compared"
    if found == "text" and len(value) > LONGEST_TEXT:  # type: ignore[arg-type]
        return f"must have at most {LONGEST_TEXT:,} characters"
    return None


def _refuse(errors: Sequence[FieldError]) -> None:
    if errors:
        raise InvalidRequest(errors=errors)
