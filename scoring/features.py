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
Said = float | str | None
"""One value of a row in the client's words: a number, the name of a category, or None where it is missing."""

MOST_TOLD = 20
"""Unknown names that an error lists: an input may hold hundreds of thousands of them."""
MOST_CATEGORIES_TOLD = 10
FLOAT32_MAX = 3.4028234663852886e38
"""Scoring graphs compute in 32 bits: a larger number would silently become infinite."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One input of a model.

    `required`: a value must be given; otherwise a missing one (or null) reaches the model as NaN.
    `protected`: may not be shown as a reason (age, sex, marriage, ...).
    `reason`: the sentence a person reads when this feature is a principal reason.
    `categories`: the texts that may be given; the model's row holds the position of the given one as its code. The
    booleans of JSON are "true" and "false".
    """

    name: str
    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False
    required: bool = True
    protected: bool = False
    reason: str | None = None
    categories: tuple[str, ...] | None = None

    def problem(self, value: object) -> str | None:
        """What is wrong with one given value, or None."""
        if self.categories is not None or isinstance(value, bool) or not isinstance(value, int | float):
            return self._problem_of_no_number(value)
        if not -FLOAT32_MAX <= value <= FLOAT32_MAX:  # also true for NaN
            return "is outside the range of numbers that can be scored"
        if self.integer and value != int(value):
            return "must be a whole number"
        if self.minimum is not None and value < self.minimum:
            return f"must be at least {self.minimum:g}"
        if self.maximum is not None and value > self.maximum:
            return f"must be at most {self.maximum:g}"
        return None

    def _problem_of_no_number(self, value: object) -> str | None:
        if value is None and not self.required:
            return None
        if self.categories is None:
            return f"must be a number, not {_kind(value)}"
        if _text(value) in self.categories:
            return None
        more = len(self.categories) - MOST_CATEGORIES_TOLD
        told = ", ".join(self.categories[:MOST_CATEGORIES_TOLD])
        return f"must be one of {told}{f' and {more} more' if more > 0 else ''}"

    def coded(self, value: object) -> float:
        """A value without a `problem` as a row holds it: itself, its category's position, or NaN for null."""
        if value is None:
            return math.nan
        return float(value if self.categories is None else self.categories.index(_text(value)))  # type: ignore[arg-type]

    def said(self, coded: float) -> Said:
        """What a row holds, in the client's words; a code that no category has stays a number. Inverse of `coded`."""
        if coded != coded:  # NaN
            return None
        return self.categories[int(coded)] if self.categories is not None and self._is_code(coded) else coded

    def holds(self, coded: float) -> bool:
        """Whether a row may hold this: a number in range, a category's code, NaN where nothing need be given."""
        if coded != coded:
            return not self.required
        return self.problem(coded) is None if self.categories is None else self._is_code(coded)

    def _is_code(self, coded: float) -> bool:
        return coded in range(len(self.categories or ()))


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

    @cached_property
    def _all_numbers(self) -> bool:
        return all(feature.required and feature.categories is None for feature in self.features)

    def row(self, given: Given, at: str) -> Row:
        """The input in the model's order; `at` is its path in the body. InvalidRequest names every wrong field."""
        if isinstance(given, Mapping):
            return self._named(given, at)
        if len(given) != len(self.features):
            kind = "numbers" if all(feature.categories is None for feature in self.features) else "values"
            wanted = f"must hold {len(self.features)} {kind} ({', '.join(self.names)})"
            raise InvalidRequest(errors=[FieldError(at, f"{wanted}, not {len(given)}")])
        errors = [
            FieldError(f"{at}[{i}]", problem)
            for i, (feature, value) in enumerate(zip(self.features, given, strict=True))
            if (problem := feature.problem(value))
        ]
        if errors:
            raise InvalidRequest(errors=errors)
        if self._all_numbers:
            return tuple(map(float, given))  # type: ignore[arg-type]  # every value was just found to be a number
        return tuple(feature.coded(value) for feature, value in zip(self.features, given, strict=True))

    def said(self, row: Sequence[float]) -> tuple[Said, ...]:
        """A row in the client's words: numbers, names of categories, None where a value is missing."""
        if self._all_numbers:
            return tuple([None if value != value else value for value in row])
        return tuple(feature.said(value) for feature, value in zip(self.features, row, strict=True))

    def _named(self, given: Mapping[str, object], at: str) -> Row:
        errors, row, all_numbers = [], [], self._all_numbers
        for feature in self.features:
            if feature.name in given:
                value = given[feature.name]
                if problem := feature.problem(value):
                    errors.append(FieldError(f"{at}.{feature.name}", problem))
                else:
                    row.append(float(value) if all_numbers else feature.coded(value))  # type: ignore[arg-type]
            elif feature.required:
                errors.append(FieldError(f"{at}.{feature.name}", "is missing"))
            else:
                row.append(math.nan)
        unknown = islice((name for name in given if name not in self._known), MOST_TOLD)
        errors += [FieldError(f"{at}.{name[:64]}", "is not a feature of this model") for name in unknown]
        if errors:
            raise InvalidRequest(errors=errors)
        return tuple(row)


def _text(value: object) -> object:
    """A category as it may be given: a text itself, a boolean as JSON writes it."""
    return str(value).lower() if isinstance(value, bool) else value


def _kind(value: object) -> str:
    kinds = {bool: "a boolean", str: "text", list: "a list", dict: "an object", type(None): "null"}
    return kinds.get(type(value), "something else")
