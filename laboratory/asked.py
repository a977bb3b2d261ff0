"""The fields of a request that the analyst checks itself: each is read, or noted as wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from evaluation.arrays import Floats
from laboratory.model_types import LARGEST_COST
from laboratory.plan import MODEL_TYPES, CostWeights, ModelType
from scoring.errors import FieldError, InvalidRequest

MOST_TOLD: Final = 20
LONGEST_NAME: Final = 64
LONGEST_TEXT: Final = 200
MOST_ROWS: Final = 100_000
Rows = Sequence[Mapping[str, Any]]


class Asked:
    """A request's object. What is wrong goes to `errors`, and the default is given instead; `check` raises them all."""

    def __init__(self, body: Mapping[str, Any], known: Sequence[str], at: str = "") -> None:
        self._body, self._at = body, at
        self.errors: list[FieldError] = []
        for name in [name for name in body if name not in known][:MOST_TOLD]:
            self.wrong(name[:LONGEST_NAME], f"is not a field of this request ({', '.join(known)})")

    def wrong(self, name: str, message: str) -> None:
        """Note what is wrong with a field."""
        if len(self.errors) < MOST_TOLD:
            self.errors.append(FieldError(f"{self._at}{name}", message))

    def check(self) -> None:
        """Raise InvalidRequest if anything is wrong."""
        if self.errors:
            raise InvalidRequest(errors=self.errors)

    def has(self, name: str) -> bool:
        """Whether a field is given; null is none."""
        return self._body.get(name) is not None

    def number(self, name: str, default: float, low: float, high: float) -> float:
        """A number of [low, high]."""
        value = self._body.get(name)
        if value is None:
            return default
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        self.wrong(name, f"must be a number from {low:g} to {high:g}")
        return default

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number of [low, high]."""
        value = self._body.get(name)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.wrong(name, f"must be a whole number from {low:,} to {high:,}")
        return default

    def flag(self, name: str) -> bool:
        """True or false; false by default."""
        value = self._body.get(name)
        if value is not None and not isinstance(value, bool):
            self.wrong(name, "must be true or false")
        return value is True

    def text(self, name: str) -> str | None:
        """A short text."""
        value = self._body.get(name)
        if value is None or (isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT):
            return value
        self.wrong(name, f"must be text of 1 to {LONGEST_TEXT} characters")
        return None

    def model_type(self) -> ModelType | None:
        """One of MODEL_TYPES."""
        value = self._body.get("model_type")
        if value is None or value in MODEL_TYPES:
            found: ModelType | None = value
            return found
        self.wrong("model_type", f"must be one of {', '.join(MODEL_TYPES)}")
        return None

    def cost(self, name: str = "cost") -> CostWeights:
        """An object of two weights; those of a plan by default."""
        inner = self.inner(name, ("false_negative", "false_positive"))
        usual = CostWeights()
        weights = CostWeights(
            inner.number("false_negative", usual.false_negative, 0, LARGEST_COST),
            inner.number("false_positive", usual.false_positive, 0, LARGEST_COST),
        )
        if not inner.errors and not (weights.false_negative or weights.false_positive):
            inner.wrong("false_negative", "must not be 0 together with false_positive")
        self.errors += inner.errors
        return weights

    def inner(self, name: str, known: Sequence[str]) -> Asked:
        """The fields of an object in this one; its errors are its own, and it is empty where there is none."""
        value = self._body.get(name)
        if value is not None and not isinstance(value, dict):
            self.wrong(name, "must be an object")
        return Asked(value if isinstance(value, dict) else {}, known, f"{self._at}{name}.")

    def names(self, name: str, most: int) -> tuple[str, ...]:
        """A list of different names."""
        value = self._body.get(name)
        if value is None:
            return ()
        is_list = isinstance(value, list) and all(
            isinstance(each, str) and 0 < len(each) <= LONGEST_TEXT for each in value
        )
        if not is_list or len(set(value)) < len(value) or not 1 <= len(value) <= most:
            self.wrong(name, f"must be a list of 1 to {most} different names")
            return ()
        return tuple(value)

    def rows(self, name: str) -> Rows | None:
        """A list of objects."""
        value = self._listed(name)
        if value is None:
            return None
        strange = [i for i, each in enumerate(value) if not isinstance(each, dict)]
        for i in strange[:MOST_TOLD]:
            self.wrong(f"{name}[{i}]", "must be an object: column -> value")
        return None if strange else value

    def outcomes(self, name: str) -> Floats | None:
        """A list of 0 and 1 (or false and true), as [N]."""
        return self._vector(name, lambda each: isinstance(each, int | float) and each in (0, 1), "must be 0 or 1")

    def probabilities(self, name: str) -> Floats | None:
        """A list of numbers of [0, 1], as [N]."""

        def fits(each: object) -> bool:
            return isinstance(each, int | float) and not isinstance(each, bool) and 0 <= each <= 1

        return self._vector(name, fits, "must be a number from 0 to 1")

    def value(self, name: str) -> Any:
        """Whatever is given."""
        return self._body.get(name)

    def _vector(self, name: str, fits: Callable[[object], bool], wanted: str) -> Floats | None:
        value = self._listed(name)
        if value is None:
            return None
        strange = [i for i, each in enumerate(value) if not fits(each)]
        for i in strange[:MOST_TOLD]:
            self.wrong(f"{name}[{i}]", wanted)
        return None if strange else np.array(value, dtype=np.float64)

    def _listed(self, name: str) -> list[Any] | None:
        value = self._body.get(name)
        if value is None:
            return None
        if isinstance(value, list) and 1 <= len(value) <= MOST_ROWS:
            return value
        self.wrong(name, f"must be a list of 1 to {MOST_ROWS:,} items")
        return None
