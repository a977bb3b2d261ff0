"""What is judged: outcomes with what a model, or a client's own one, said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evaluation.arrays import Floats
from laboratory.asked import Asked, Rows
from laboratory.ports import LabModel, LabModels
from laboratory.scored import outcomes_of, scored, scored_rows
from scoring.errors import FieldError, InvalidRequest

MODEL_FIELDS: Final = ("model_type", "model_version", "experiment_name")
FIELDS: Final = ("labels", "probabilities", "predictions", *MODEL_FIELDS, "data", "target", "default_value")


@dataclass(frozen=True, eq=False)
class Judged:
    """Rows of people.

    `defaulted` [N]: outcomes, None where they are not known; `pd` [N], None where there are only predictions;
    `expected` [N]: predictions, 1 = default expected, None where a threshold has yet to make them.
    `model`: which scored them; `rows`: as given; `groups`: attribute -> the group of each row [N], of a validation set;
    `source`: what the answer says of where all this comes from.
    """

    defaulted: Floats | None
    pd: Floats | None
    expected: Floats | None
    model: LabModel | None = None
    rows: Rows | None = None
    groups: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """How many rows there are."""
        known = next(each for each in (self.pd, self.expected) if each is not None)
        return len(known)


def judged(asked: Asked, models: LabModels, *, labels_needed: bool) -> Judged:
    """What a request with FIELDS asks to judge: its own labels and predictions, or a model on rows.

    A model without rows is judged on its bundle's validation set. Raises InvalidRequest, UnknownLabModel,
    ModelUnavailable.
    """
    if not asked.has("model_type"):
        return _given(asked, labels_needed)
    model_type = asked.model_type()
    for name in ("labels", "probabilities", "predictions"):
        if asked.has(name):
            asked.wrong(name, "cannot be given together with model_type: the model makes them")
    version, experiment, target = asked.text("model_version"), asked.text("experiment_name"), asked.text("target")
    default_value = asked.value("default_value")
    if default_value is not None and not isinstance(default_value, str | int | float):
        asked.wrong("default_value", "must be a number or text")
    rows = asked.rows("data")
    if rows is None and target is not None:
        asked.wrong("target", "needs data: without them the model's own validation set is used")
    if rows is not None and target is None and labels_needed:
        asked.wrong("target", "is missing: it names the column of data that holds the outcomes")
    asked.check()
    model = models.find(model_type, version, experiment)  # type: ignore[arg-type]  # it is one: else there was an error
    return (
        _held_out(model)
        if rows is None
        else _on_rows(
            model, rows, target, model.facts.get("default_value", 1) if default_value is None else default_value
        )
    )


def _given(asked: Asked, labels_needed: bool) -> Judged:
    for name in ("model_version", "experiment_name", "target", "default_value"):
        if asked.has(name):
            asked.wrong(name, "needs a model_type")
    labels, pd = asked.outcomes("labels"), asked.probabilities("probabilities")
    expected, rows = asked.outcomes("predictions"), asked.rows("data")
    if labels_needed and not asked.has("labels"):
        asked.wrong("labels", "is missing (or give model_type, data and target)")
    if not asked.has("probabilities") and not asked.has("predictions"):
        asked.wrong("probabilities", "is missing (or give predictions of 0 and 1, or a model_type)")
    asked.check()
    first = next(name for name in ("predictions", "probabilities") if asked.has(name))
    found: dict[str, Sequence[object] | Floats | None] = {
        "predictions": expected,
        "probabilities": pd,
        "labels": labels,
        "data": rows,
    }
    n = len(asked.value(first))
    for name, values in found.items():
        if values is not None and len(values) != n:
            asked.wrong(name, f"must hold as many items as {first} ({n:,}), not {len(values):,}")
    asked.check()
    return Judged(labels, pd, expected, rows=rows)


def _on_rows(model: LabModel, rows: Rows, target: str | None, default_value: object) -> Judged:
    outcomes = None if target is None else outcomes_of(rows, target, default_value)
    found = scored(model, rows, () if target is None else (target,))
    usable = found.usable
    kept = [row for row, use in zip(rows, usable, strict=True) if use]
    source = {**about(model), "imputed": found.imputed, "ignored_columns": found.ignored}
    source["not_scored"] = int((~usable).sum())
    return Judged(
        None if outcomes is None else outcomes[usable],
        found.pd[usable],
        None,
        model,
        kept,
        source={"data": "given", **source},
    )


def _held_out(model: LabModel) -> Judged:
    held = model.held_out()
    found = scored_rows(model, held.rows)
    usable = found.usable
    groups = {name: group[usable] for name, group in held.sensitive.items()}
    source = {"data": "the model's validation set", **about(model), "not_scored": int((~usable).sum())}
    return Judged(held.defaulted[usable], found.pd[usable], None, model, groups=groups, source=source)


def about(model: LabModel) -> dict[str, Any]:
    """Which model it is, as answers say it."""
    return {
        "model_type": model.model_type,
        "model_version": model.version,
        "experiment_name": model.facts.get("experiment"),
    }


def same_length(name: str, values: Floats, n: int) -> Floats:
    """The values, one for each of n rows. Raises InvalidRequest."""
    if len(values) != n:
        raise InvalidRequest(
            errors=[FieldError(name, f"must hold one item for each of {n:,} rows, not {len(values):,}")]
        )
    return values
