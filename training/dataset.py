"""Customers to learn from: each model's inputs of the same customers, and who defaulted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

from evaluation.arrays import Floats
from scoring.features import Feature

Rows = npt.NDArray[np.intp]
"""Row numbers."""
Groups = npt.NDArray[np.str_]
"""The group that each customer belongs to."""
FEWEST_PER_CLASS = 10
"""Defaults, and non-defaults, that every part must hold: below that neither a fit nor a figure means anything."""


class TrainingError(Exception):
    """The table or its spec cannot be trained on; the message says what to change."""


@dataclass(frozen=True)
class Inputs:
    """What one model sees: `rows` [N, n] in the order of `features`, NaN = missing; `categorical`: names of codes."""

    features: tuple[Feature, ...]
    rows: Floats
    categorical: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """Feature names in order."""
        return [feature.name for feature in self.features]

    def reference(self, rows: Rows) -> list[float]:
        """The median applicant of these rows (of codes: the most frequent one); always values that occur."""
        return [
            _most_frequent(column) if name in self.categorical else float(np.nanquantile(column, 0.5, method="lower"))
            for name, column in zip(self.names, self.rows[rows].T, strict=True)
        ]


@dataclass(frozen=True)
class Dataset:
    """Inputs by model name, all of the same N customers, and `defaulted` [N]: 1 = default, 0 = not.

    `sensitive`: attribute -> the group of each customer [N]. Nothing is fitted on these: they are for the 80% test.
    """

    inputs: Mapping[str, Inputs]
    defaulted: Floats
    sensitive: Mapping[str, Groups] = field(default_factory=dict)


Share = Annotated[float, Field(gt=0, lt=1)]


class Shares(BaseModel):
    """Which share of the rows is held back for what; the rest is trained on.

    `validation` stops the fitting, `calibration` turns outputs into probabilities, `test` is only measured on.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    validation: Share = 0.1
    calibration: Share = 0.15
    test: Share = 0.15

    @model_validator(mode="after")
    def _some_left(self) -> Self:
        if self.validation + self.calibration + self.test >= 1:
            raise ValueError("the shares leave nothing to train on")
        return self


@dataclass(frozen=True)
class Parts:
    """Row numbers of the four parts; no row is in two of them."""

    train: Rows
    validation: Rows
    calibration: Rows
    test: Rows


def split(defaulted: Floats, shares: Shares, seed: int) -> Parts:
    """Cut rows into parts at random with the same default rate in each. TrainingError if a part holds too few."""
    generator = np.random.default_rng(seed)
    held_back = np.cumsum([shares.test, shares.calibration, shares.validation])
    pieces = []
    for outcome in (0.0, 1.0):
        rows = generator.permutation(np.flatnonzero(defaulted == outcome))
        pieces.append(np.split(rows, np.rint(held_back * len(rows)).astype(int)))
    for name, *both in zip(("test", "calibration", "validation", "training"), *pieces, strict=True):
        if min(map(len, both)) < FEWEST_PER_CLASS:
            raise TrainingError(
                f"too few rows: the {name} part would hold {len(both[0])} customers without and {len(both[1])} with a "
                f"default, and needs at least {FEWEST_PER_CLASS} of each"
            )
    test, calibration, validation, train = (np.sort(np.concatenate(both)) for both in zip(*pieces, strict=True))
    return Parts(train, validation, calibration, test)


def _most_frequent(codes: Floats) -> float:
    values, counts = np.unique(codes[~np.isnan(codes)], return_counts=True)
    return float(values[counts.argmax()])
