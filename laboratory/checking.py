"""What can be refused of a training before any process is started for it: in pure Python, beside the requests."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from laboratory import model_types
from laboratory.plan import Plan
from model_store.manifest import LONGEST_NAME
from scoring.errors import FieldError, InvalidRequest

LEAST_ROWS: Final = 50
LEAST_OF_A_CLASS: Final = 20
MOST_ROWS: Final = 49_000
"""A body holds at most 50,000 lists and objects; `lab train` takes files of any size."""
MOST_COLUMNS: Final = 2_000
MOST_TOLD: Final = 20
CELLS_AT_ONCE: Final = 10_000
"""Between two such parts of the table, some millisecond each, requests get the interpreter."""
BREATH: Final = 0.0005

NUMBER, TEXT = "a number", "text"
KINDS: Final[Mapping[type, str]] = {int: NUMBER, float: NUMBER, bool: NUMBER, str: TEXT}
GAPS: Final = frozenset(("", "NA", "N/A", "NaN", "nan", "null", "NULL"))
"""Texts that stand for a value that is not there."""
Row = Mapping[str, object]


def check(plan: Plan, data: str | Sequence[Row], knows: Callable[[str], bool]) -> None:
    """Raise InvalidRequest with what is wrong with a plan or its data. `knows`: whether there is such a data set."""
    model_types.check(plan)
    if isinstance(data, str):
        if not knows(data):
            raise InvalidRequest(errors=[FieldError("data", "is not the name of a data set of this machine")])
        return
    if not LEAST_ROWS <= len(data) <= MOST_ROWS:
        wanted = f"must hold from {LEAST_ROWS} to {MOST_ROWS:,} rows, not {len(data):,}"
        raise InvalidRequest(errors=[FieldError("data", wanted)])
    columns = _Columns()
    _refuse(columns.read(data))
    _refuse(_names(plan, columns.kinds))
    _refuse(_target(plan, data))


def _refuse(found: Iterator[FieldError]) -> None:
    errors = [error for error, _ in zip(found, range(MOST_TOLD), strict=False)]
    if errors:
        raise InvalidRequest(errors=errors)


@dataclass(slots=True)
class _Columns:
    """The columns of a table. `kinds`: name -> the kind of its values, None where all are missing so far."""

    kinds: dict[str, str | None] = field(default_factory=dict)

    def read(self, rows: Sequence[Row]) -> Iterator[FieldError]:
        """What is wrong with the rows as such; a column is told of once."""
        told: set[str] = set()
        start = 0
        while start < len(rows):
            first = rows[start]
            width = len(first) if isinstance(first, dict) else 1
            part = rows[start : start + max(1, CELLS_AT_ONCE // max(1, width))]
            for at, name, problem in self._part(part):
                if name not in told:
                    told.add(name)
                    yield FieldError(f"data[{start + at}]" + f".{name[:64]}" * bool(name), problem)
            if len(self.kinds) > MOST_COLUMNS:
                yield FieldError("data", f"has more than {MOST_COLUMNS:,} columns")
                return
            start += len(part)
            time.sleep(BREATH)

    def _part(self, rows: Sequence[Row]) -> Iterator[tuple[int, str, str]]:
        """(row, column, problem) of what is wrong."""
        for at, row in enumerate(rows):
            if not isinstance(row, dict):
                yield at, "", "must be an object: column -> value"
                return
        names = tuple(rows[0])
        if all(tuple(row) == names for row in rows):
            columns = zip(names, zip(*(row.values() for row in rows), strict=True), strict=True)
            for name, values in columns:
                yield from self._column(name, values, range(len(rows)))
            return
        gathered: dict[str, tuple[list[object], list[int]]] = {}
        for at, row in enumerate(rows):
            for name, value in row.items():
                values_of, places = gathered.setdefault(name, ([], []))
                values_of.append(value)
                places.append(at)
        for name, (values_of, places) in gathered.items():
            yield from self._column(name, values_of, places)

    def _column(self, name: str, values: Sequence[object], rows: Sequence[int]) -> Iterator[tuple[int, str, str]]:
        if name not in self.kinds and not (name.strip() and name.isprintable() and len(name) <= LONGEST_NAME):
            yield rows[0], name, f"a column's name must have 1 to {LONGEST_NAME} characters that can be printed"
        known = self.kinds.setdefault(name, None)
        for kind in dict.fromkeys(map(type, values)):
            if kind is type(None):
                continue
            found = KINDS.get(kind)
            first = zip(rows, values, strict=True)
            if found is None:
                at = next(row for row, value in first if type(value) is kind)
                yield at, name, "must be a number, text, true, false or null"
                continue
            if found is TEXT:  # one that stands for a number or a gap says nothing of its column
                at = next((row for row, value in first if type(value) is str and _is_text(value)), -1)
                if at < 0:
                    continue
            if known not in (None, found):
                at = at if found is TEXT else next(row for row, value in first if type(value) is kind)
                yield at, name, f"is {found} where other rows have {known}"
            known = known or found
        self.kinds[name] = known


def _names(plan: Plan, columns: Mapping[str, str | None]) -> Iterator[FieldError]:
    if plan.target not in columns:
        yield FieldError("target", "is not a column of the data")
    for field_name, names in (("sensitive_features", plan.sensitive), ("leave_out", plan.left_out)):
        for i, name in enumerate(names):
            if name not in columns:
                yield FieldError(f"{field_name}[{i}]", "is not a column of the data")
            elif name == plan.target:
                yield FieldError(f"{field_name}[{i}]", "is the target")
    if not columns.keys() - {plan.target, *plan.left_out}:
        yield FieldError("data", "has no column to learn from")


def _target(plan: Plan, rows: Sequence[Row]) -> Iterator[FieldError]:
    counts: Counter[str | None] = Counter()
    for value, count in Counter(row.get(plan.target) for row in rows).items():
        counts[_label(value)] += count
    gaps = counts.pop(None, 0)
    if gaps:
        at = next(i for i, row in enumerate(rows) if _label(row.get(plan.target)) is None)
        wanted = f"is missing, as in {gaps:,} rows: each needs an outcome"
        yield FieldError(f"data[{at}].{plan.target[:64]}", wanted)
    elif len(counts) != 2:
        what = "one value" if len(counts) == 1 else f"{len(counts):,} values"
        yield FieldError("target", f"has {what} in the data: it needs two, default and no default")
    elif _label(plan.default_value) not in counts:
        yield FieldError("default_value", "is not a value of the target")
    elif min(counts.values()) < LEAST_OF_A_CLASS:
        wanted = f"has {min(counts.values())} rows of one class: each needs {LEAST_OF_A_CLASS}"
        yield FieldError("target", wanted)


def _is_text(value: str) -> bool:
    """Whether a text is one, and not a number or a gap that came as text."""
    if value in GAPS:
        return False
    try:
        float(value)
    except ValueError:
        return True
    return False


def _label(value: object) -> str | None:
    """A target's value however it came: 1, 1.0, true and "1" are the same; None for a gap."""
    if isinstance(value, str):
        return None if value in GAPS else value
    if isinstance(value, bool | int):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return None
