"""Forms built from what a model says of its features: ranges, categories, what may be left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from console.words import number, plain, spoken

NOT_KNOWN: Final = "not known"
ABREAST: Final = 3
"""Fields beside each other on a wide screen; on a narrow one they stand below each other."""


@dataclass(frozen=True, slots=True)
class Field:
    """One feature as the service describes it. `used_by`: the models that read it."""

    name: str
    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False
    required: bool = True
    categories: tuple[str, ...] | None = None
    used_by: tuple[str, ...] = ()

    @classmethod
    def of(cls, described: Mapping[str, Any], used_by: tuple[str, ...] = ()) -> Field:
        """From an item of `features` of GET /api/v1/models/<name>."""
        categories = described.get("categories")
        return cls(
            described["name"],
            described.get("minimum"),
            described.get("maximum"),
            bool(described.get("integer")),
            bool(described.get("required", True)),
            None if categories is None else tuple(categories),
            used_by,
        )

    @property
    def hint(self) -> str:
        """What may be entered, and who reads it."""
        said = []
        if self.minimum is not None and self.maximum is not None:
            said.append(f"{number(self.minimum)} to {number(self.maximum)}.")
        elif self.minimum is not None:
            said.append(f"From {number(self.minimum)} on.")
        elif self.maximum is not None:
            said.append(f"Up to {number(self.maximum)}.")
        if self.integer:
            said.append("A whole number.")
        if not self.required:
            said.append("May be left out.")
        if self.used_by:
            said.append(f"Read by {', '.join(self.used_by)}.")
        return " ".join(said)


def ask(fields: Sequence[Field], key: str, start: Mapping[str, Any], wrong: Mapping[str, str]) -> dict[str, Any]:
    """Draw the fields, and give what is in them; those that are empty are left out.

    `start`: field -> what it holds at first; `wrong`: field -> what the service said of it, shown beside it.
    """
    found: dict[str, Any] = {}
    for first in range(0, len(fields), ABREAST):
        for column, field in zip(st.columns(ABREAST), fields[first : first + ABREAST], strict=False):
            with column:
                value = _draw(field, f"{key} {field.name}", start.get(field.name))
                if field.name in wrong:
                    st.markdown(f":red[:material/error: {plain(wrong[field.name])}]")
            if value is not None:
                found[field.name] = value
    return found


def _draw(field: Field, key: str, start: Any) -> Any:
    label = spoken(field.name)
    if field.categories is not None:
        names = [*field.categories]
        index = names.index(start) if start in names else 0 if field.required else None
        return st.selectbox(label, names, index, format_func=_said, key=key, help=field.hint, placeholder=NOT_KNOWN)
    return _whole(field, label, key, start) if field.integer else _decimal(field, label, key, start)


def _whole(field: Field, label: str, key: str, start: Any) -> int | None:
    low, high = (None if bound is None else int(bound) for bound in (field.minimum, field.maximum))
    first = (low or 0) if start is None and field.required else start
    value = None if first is None else int(first)
    found = st.number_input(label, low, high, value, 1, key=key, help=field.hint, placeholder=NOT_KNOWN)
    return None if found is None else int(found)


def _decimal(field: Field, label: str, key: str, start: Any) -> float | None:
    low, high = (None if bound is None else float(bound) for bound in (field.minimum, field.maximum))
    is_share = low is not None and high is not None and low >= 0 and high <= 1
    if start is None and field.required:
        start = ((low or 0) + (high or 0)) / 2 if is_share else low or 0
    value = None if start is None else float(start)
    step = 0.01 if is_share or (value is not None and 0 < abs(value) < 1) else 1.0
    return st.number_input(label, low, high, value, step, "%g", key=key, help=field.hint, placeholder=NOT_KNOWN)


def _said(category: str) -> str:
    return spoken(category) if category.islower() else category


def beside(errors: Iterable[Any], prefixes: Sequence[str] = ()) -> dict[str, str]:
    """Field -> message, for those problems that can stand beside a field; `prefixes` are taken off the names."""
    found: dict[str, str] = {}
    for each in errors:
        name = each.field
        for prefix in prefixes:
            name = name.removeprefix(prefix)
        found.setdefault(name, each.message)
    return found
