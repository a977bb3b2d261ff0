"""Rows that a laboratory model has scored, with what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evaluation.arrays import Floats
from laboratory.asked import LONGEST_NAME, MOST_TOLD, Rows
from laboratory.inputs import coded, stand_ins
from laboratory.ports import LabModel
from scoring.errors import FieldError, InvalidRequest, ModelUnavailable
from scoring.scale import pd_of


@dataclass(frozen=True, eq=False)
class Scored:
    """What a model says of N rows. `pd` [N], NaN where its output was not usable.

    `imputed`: feature -> how many rows left it out and what stands in for it; `ignored`: names that it does not know.
    """

    pd: Floats
    imputed: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    @property
    def usable(self) -> NDArray[np.bool_]:
        """[N]: which rows have a score."""
        return ~np.isnan(self.pd)


def scored(model: LabModel, rows: Rows, apart: tuple[str, ...] = ()) -> Scored:
    """The PDs of raw rows; columns `apart` (the target) are not given to the model.

    Raises InvalidRequest that names the wrong fields of up to 20 rows, ModelUnavailable where no row gets a score.
    """
    errors: list[FieldError] = []
    left_out, ignored, inputs = Counter[str](), dict[str, None](), []
    for i, row in enumerate(rows):
        try:
            found = coded(model, {name: value for name, value in row.items() if name not in apart}, f"data[{i}]")
        except InvalidRequest as error:
            errors += error.errors
            if len(errors) >= MOST_TOLD:
                break
            continue
        inputs.append(found.row)
        left_out.update(list(found.imputed))
        ignored.update(dict.fromkeys(found.ignored))
    if errors:
        raise InvalidRequest(errors=errors[:MOST_TOLD])
    values = stand_ins(model)
    told = {name: {"rows": count, "value": values[name]} for name, count in left_out.items()}
    return Scored(pds(model, inputs), told, tuple(name[:LONGEST_NAME] for name in ignored)[:MOST_TOLD])


def scored_rows(model: LabModel, rows: Floats) -> Scored:
    """The PDs of coded rows [N, n]. Raises ModelUnavailable."""
    return Scored(pds(model, [tuple(row) for row in rows.tolist()]))


def pds(model: LabModel, rows: list[tuple[float, ...]]) -> Floats:
    """PD [N] of coded rows, NaN where there is none. Raises ModelUnavailable, also where there is none at all."""
    found = np.array([pd_of(each) if each == each else np.nan for each in model.model.score(rows)])
    if np.isnan(found).all():
        raise ModelUnavailable(model.model.name, "it gave no usable probability of default")
    return found


def outcomes_of(rows: Rows, target: str, default_value: object) -> Floats:
    """[N] 1 where a row's target has the value that means default. Raises InvalidRequest.

    The target has at most two values, and every row has one: true and false are 1 and 0.
    """
    errors = [
        FieldError(f"data[{i}].{target[:LONGEST_NAME]}", "is missing")
        for i, row in enumerate(rows)
        if row.get(target) is None
    ]
    if not errors:
        strange = [i for i, row in enumerate(rows) if not isinstance(row[target], str | int | float)]
        errors = [FieldError(f"data[{i}].{target[:LONGEST_NAME]}", "must be a number or text") for i in strange]
    if not errors and len({row[target] for row in rows} | {default_value}) > 2:
        wanted = f"must have two values at most, one of which is default_value ({str(default_value)[:LONGEST_NAME]})"
        errors = [FieldError("target", wanted)]
    if errors:
        raise InvalidRequest(errors=errors[:MOST_TOLD])
    return np.array([float(row[target] == default_value) for row in rows])
