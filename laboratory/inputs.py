"""From what a client knows of an applicant to the row that a laboratory model takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from laboratory.ports import LabModel
from scoring.errors import FieldError, InvalidRequest
from scoring.features import MOST_TOLD, Row


@dataclass(frozen=True, slots=True)
class Coded:
    """A row as the model takes it.

    `imputed`: every feature that was left out -> what stands in for it: a number, a category's name, or None where the
    model itself learnt what a gap says. `ignored`: names that the model does not know.
    """

    row: Row
    imputed: Mapping[str, float | str | None]
    ignored: tuple[str, ...]


def coded(model: LabModel, given: Mapping[str, object], at: str = "features") -> Coded:
    """The row of an applicant; `at` is the path of `given` in the body. InvalidRequest names every wrong field.

    Also where nothing of what is given is a feature: a score of an applicant of whom nothing is known says nothing.
    """
    schema = model.model.schema
    known = {name: given[name] for name in schema.names if given.get(name) is not None}
    ignored = tuple(name for name in given if name not in schema.names)
    if not known:
        told = ", ".join(schema.names[:MOST_TOLD])
        raise InvalidRequest(errors=[FieldError(at, f"must hold at least one feature of this model ({told})")])
    imputed = {name: value for name, value in stand_ins(model).items() if name not in known}
    given_for_it = {name: value for name, value in imputed.items() if value is not None}
    return Coded(schema.row({**known, **given_for_it}, at), imputed, ignored)


def stand_ins(model: LabModel) -> dict[str, float | str | None]:
    """Feature -> what a model is given where it is left out: its reference value, or None where it takes the gap."""
    features = model.model.schema.features
    return {each.name: model.reference.get(each.name) if each.required else None for each in features}
