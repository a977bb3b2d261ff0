"""What a model's input is: feature names, their order, kinds and possible ranges."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from scoring.errors import FieldError, InvalidRequest

Given = Sequence[object] | Mapping[str, object]
"""A model's input as a client sends it: an ordered vector, or an object of named values."""
Row = tuple[float, ...]

MOST_TOLD = 20
"""Unknown names that an error lists: an input may hold hundreds of thousands of them."""
FLOAT32_MAX = 3.4028234663852886e38
"""Scoring graphs compute in 32 bits: a larger number would silently become infinite."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One input of a model.

    `required`: a value must be given; otherwise a missing one reaches the model as NaN.
    `protected`: may not be shown as a reason (age, sex, marriage, ...).
    `reason`: the sentence a person reads when this feature is a principal reason.
    """

    name: str
    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False
    required: bool = True
    protected: bool = False
    reason: str | None = None

    def problem(self, value: object) -> str | None:
        """What is wrong with one given value, or None."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"must be a number, not {_kind(value)}"
        if not -FLOAT32_MAX <= value <= FLOAT32_MAX:  # also true for NaN
            return "is outside the range of numbers that can be scored"
        if self.integer and value != int(value):
            return "must be a whole number"
        if self.minimum is not None and value < self.minimum:
            return f"must be at least {self.minimum:g}"
        if self.maximum is not None and value > self.maximum:
            return f"must be at most {self.maximum:g}"
        return None


@dataclass(frozen=True)
class FeatureSchema:
    """The ordered features of one model."""

    features: tuple[Feature, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Feature names in the model's order."""
        return tuple(feature.name for feature in self.features)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.names)

    def row(self, given: Given, at: str) -> Row:
        """The input in the model's order; `at` is its path in the body. InvalidRequest names every wrong field."""
        if isinstance(given, Mapping):
            return self._named(given, at)
        if len(given) != len(self.features):
            wanted = f"must hold {len(self.features)} numbers ({', '.join(self.names)})"
            raise InvalidRequest(errors=[FieldError(at, f"{wanted}, not {len(given)}")])
        errors = [
            FieldError(f"{at}[{i}]", problem)
            for i, (feature, value) in enumerate(zip(self.features, given, strict=True))
            if (problem := feature.problem(value))
        ]
        if errors:
            raise InvalidRequest(errors=errors)
        return tuple(map(float, given))  # type: ignore[arg-type]  # every value was just found to be a number

    def _named(self, given: Mapping[str, object], at: str) -> Row:
        errors, row = [], []
        for feature in self.features:
            if feature.name in given:
                value = given[feature.name]
                if problem := feature.problem(value):
                    errors.append(FieldError(f"{at}.{feature.name}", problem))
                else:
                    row.append(float(value))  # type: ignore[arg-type]  # as above
            elif feature.required:
                errors.append(FieldError(f"{at}.{feature.name}", "is missing"))
            else:
                row.append(math.nan)
        unknown = islice((name for name in given if name not in self._known), MOST_TOLD)
        errors += [FieldError(f"{at}.{name[:64]}", "is not a feature of this model") for name in unknown]
        if errors:
            raise InvalidRequest(errors=errors)
        return tuple(row)


def _kind(value: object) -> str:
    kinds = {bool: "a boolean", str: "text", list: "a list", dict: "an object", type(None): "null"}
    return kinds.get(type(value), "something else")
