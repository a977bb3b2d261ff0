"""Sensitive attributes: from columns of rows to groups of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from laboratory.asked import LONGEST_TEXT, Asked, Rows

MOST_ATTRIBUTES: Final = 10
MOST_GROUPS: Final = 50
MOST_NUMBERS: Final = 10
"""Different numbers that still are groups; a column with more is a quantity, and needs bands."""
MOST_BANDS: Final = 20
LARGEST: Final = 1e15
"""Of numbers that name groups."""
MISSING: Final = "(missing)"


@dataclass(frozen=True, eq=False)
class Attribute:
    """A way to part people into groups: `group` [N] is the place of each row's group in `names`."""

    name: str
    names: tuple[str, ...]
    group: NDArray[np.intp]

    @classmethod
    def of(cls, name: str, labels: Sequence[str] | NDArray[np.str_]) -> Attribute:
        """From the group of each row, as text; groups in order of name."""
        names, group = np.unique(np.asarray(labels, dtype=np.str_), return_inverse=True)
        return cls(name, tuple(map(str, names)), group.astype(np.intp))

    @property
    def labels(self) -> NDArray[np.str_]:
        """The group of each row [N]."""
        return np.asarray(self.names, dtype=np.str_)[self.group]


def attributes(asked: Asked, rows: Rows, names: Sequence[str], at: str) -> tuple[Attribute, ...]:
    """The columns of rows that are to be judged, banded as `bands` says.

    What is wrong with them goes to `asked`; `at` is the field that names them.
    """
    bands = _bands(asked, names)
    found = []
    for name in names:
        labels = _labels(asked, at, name, [row.get(name) for row in rows], bands.get(name))
        if labels is None:
            continue
        attribute = Attribute.of(name, labels)
        if len(attribute.names) > MOST_GROUPS:
            asked.wrong(at, f"{name[:LONGEST_TEXT]} has {len(attribute.names)} groups, not {MOST_GROUPS} at most")
        found.append(attribute)
    return tuple(found)


def intersection(several: Sequence[Attribute]) -> Attribute:
    """The groups that people belong to by all attributes together; only those that somebody belongs to."""
    codes = np.stack([each.group for each in several])
    found, group = np.unique(codes, axis=1, return_inverse=True)
    names = [
        " & ".join(f"{each.name}={each.names[code]}" for each, code in zip(several, combination, strict=True))
        for combination in found.T
    ]
    return Attribute(" & ".join(each.name for each in several), tuple(names), group.ravel().astype(np.intp))


def _labels(asked: Asked, at: str, name: str, values: list[Any], edges: list[float] | None) -> list[str] | None:
    problem = _problem(name, [each for each in values if each is not None], edges is not None)
    if problem:
        asked.wrong(at, f"{name[:LONGEST_TEXT]} {problem}")
        return None
    return [_label(each) if edges is None or each is None else _band(float(each), edges) for each in values]


def _problem(name: str, given: list[Any], banded: bool) -> str | None:
    if not given:
        return "is in no row of data"
    kinds = {_kind(each) for each in given}
    if None in kinds or len(kinds) > 1:
        return "must be text, numbers up to 1e15, or true and false in all rows, and not a mixture"
    if banded:
        return None if kinds == {"number"} else "must be numbers, to be banded"
    if kinds == {"number"} and (n := len(set(given))) > MOST_NUMBERS:
        few = f'as "bands": {{"{name[:LONGEST_TEXT]}": [25, 40, 60]}}'
        return f"has {n:,} different numbers: say into which bands they belong, {few}"
    if kinds == {"text"} and max(map(len, given)) > LONGEST_TEXT:
        return f"has a group with a name of more than {LONGEST_TEXT} characters"
    return None


def _kind(value: object) -> str | None:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int | float):
        return "number" if abs(value) <= LARGEST else None
    return "text" if isinstance(value, str) else None


def _label(value: object) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, int | float) and value == int(value) else str(value)


def _band(value: float, edges: list[float]) -> str:
    """Bands hold their lower edge and not their upper one."""
    at = int(np.searchsorted(edges, value, side="right"))
    if at == 0:
        return f"below {edges[0]:g}"
    return f"{edges[-1]:g} and above" if at == len(edges) else f"{edges[at - 1]:g} to below {edges[at]:g}"


def _bands(asked: Asked, names: Sequence[str]) -> Mapping[str, list[float]]:
    given = asked.value("bands")
    if given is None:
        return {}
    if not isinstance(given, dict):
        asked.wrong("bands", "must be an object: attribute -> list of edges")
        return {}
    found = {}
    for name, edges in list(given.items())[: MOST_ATTRIBUTES + 1]:
        field = f"bands.{name[:LONGEST_TEXT]}"
        is_list = isinstance(edges, list) and all(
            isinstance(each, int | float) and not isinstance(each, bool) for each in edges
        )
        if name not in names:
            asked.wrong(field, "is not one of the attributes")
        elif not is_list or not 1 <= len(edges) <= MOST_BANDS or sorted(set(edges)) != edges:
            asked.wrong(field, f"must be a list of 1 to {MOST_BANDS} rising numbers")
        else:
            found[name] = [float(each) for each in edges]
    return found
