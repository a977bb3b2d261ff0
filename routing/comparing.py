"""Two values held against each other, part by part and to the last digit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from itertools import zip_longest

ABSENT = "(absent)"


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that is not the same: its dotted path, and what was recorded and found there (plain JSON values)."""

    part: str
    recorded: object
    found: object


def differences(recorded: object, found: object, part: str = "") -> Iterator[Difference]:
    """Every part in which two values of the same shape differ; numbers are the same if all their digits are."""
    if type(recorded) is type(found) and is_dataclass(recorded):
        for field in fields(recorded):
            yield from differences(getattr(recorded, field.name), getattr(found, field.name), _path(part, field.name))
    elif isinstance(recorded, Mapping) and isinstance(found, Mapping):
        for key in [*recorded, *(key for key in found if key not in recorded)]:
            yield from differences(recorded.get(key, ABSENT), found.get(key, ABSENT), _path(part, str(key)))
    elif isinstance(recorded, list | tuple) and isinstance(found, list | tuple):
        for i, (one, other) in enumerate(zip_longest(recorded, found, fillvalue=ABSENT)):
            yield from differences(one, other, f"{part}[{i}]")
    elif not _is_same(recorded, found):
        yield Difference(part, plain(recorded), plain(found))


def plain(value: object) -> object:
    """The same as plain JSON values."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return dict(value) if isinstance(value, Mapping) else value


def _is_same(one: object, other: object) -> bool:
    if _is_number(one) and _is_number(other):
        return repr(float(one)) == repr(float(other))  # type: ignore[arg-type]  # numbers, as was just found
    return type(one) is type(other) and one == other


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _path(part: str, name: str) -> str:
    return f"{part}.{name}" if part else name
