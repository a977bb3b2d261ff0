"""Which values of an applicant could have been others, and which others."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from applications.names import NAMES
from routing.ports import Model
from scoring.features import Feature, Row, Said

STEPS = 100
"""At most so many steps from the lowest plausible value of a feature to the highest."""
SMALLEST_STEP = 1e-300
"""Below it numbers have no room for a step between them."""
Place = tuple[str, int]
"""A model, and the position in its row."""


@dataclass(frozen=True)
class Lever:
    """A feature that could have had another value; one value may stand in the rows of several models.

    `name`: as people read it; `value`: the applicant's, NaN where it is missing; `plausible`: values that occur,
    ascending, each once.
    """

    name: str
    feature: Feature
    places: tuple[Place, ...]
    value: float
    plausible: tuple[float, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """The models that read it."""
        return tuple(model for model, _ in self.places)

    @cached_property
    def candidates(self) -> tuple[float, ...]:
        """Other values to try: round numbers from the lowest plausible value to the highest, as the schema allows."""
        return tuple(each for each in _possible_values(self) if each != self.value and self.feature.holds(each))

    def distance(self, value: float) -> float:
        """The share of plausible values between the applicant's and this one, in [0, 1]; 1 from a missing value.

        Another category is 1 as well: nothing lies between two of them (J. Gower, Biometrics 27, 1971).
        """
        if math.isnan(self.value) or self.feature.categories is not None:
            return float(value != self.value)
        return abs(self._rank(value) - self._rank(self.value))

    def said(self, value: float) -> Said:
        """One of its values in the client's words."""
        return self.feature.said(value)

    def _rank(self, value: float) -> float:
        """Where a value lies among the plausible ones, in [0, 1]; between two of them in proportion."""
        known = self.plausible
        after = bisect_right(known, value)
        if after == 0 or after == len(known):
            return 0.0 if after == 0 else 1.0
        before, following = known[after - 1], known[after]
        return (after - 1 + (value - before) / (following - before)) / (len(known) - 1)


def levers(models: Mapping[str, Model], inputs: Mapping[str, Row]) -> list[Lever]:
    """Every feature but the protected ones. Models that read the same value under the same name read one thing."""
    places: dict[tuple[str, tuple[str, ...] | None, Said], list[Place]] = {}
    for name, model in models.items():
        for i, (feature, value) in enumerate(zip(model.schema.features, inputs[name], strict=True)):
            places.setdefault((feature.name, feature.categories, feature.said(value)), []).append((name, i))
    named = Counter(name for name, _, _ in places)
    found = (_lever(models, inputs, at, is_alone=named[name] == 1) for (name, _, _), at in places.items())
    return [lever for lever in found if lever.plausible and not lever.feature.protected]


def moved(inputs: Mapping[str, Row], lever: Lever, value: float) -> dict[str, Row]:
    """The inputs with another value of one feature."""
    changed = dict(inputs)
    for model, i in lever.places:
        row = changed[model]
        changed[model] = (*row[:i], value, *row[i + 1 :])
    return changed


def label(feature: str, model: str, *, is_alone: bool) -> str:
    """A feature in words; with its model where several of them go by that name."""
    return plain(feature) if is_alone else f"{plain(feature)} ({model})"


def plain(name: str) -> str:
    """A name of a feature or a model as words; what applications call their fields goes by their own."""
    return NAMES.get(name) or name.replace("_", " ").strip() or name


def _lever(models: Mapping[str, Model], inputs: Mapping[str, Row], places: list[Place], *, is_alone: bool) -> Lever:
    """One feature as the strictest of the models that read it declares it."""
    declared = [models[model].schema.features[i] for model, i in places]
    lows = [each.minimum for each in declared if each.minimum is not None]
    highs = [each.maximum for each in declared if each.maximum is not None]
    feature = Feature(
        declared[0].name,
        minimum=max(lows, default=None),
        maximum=min(highs, default=None),
        integer=any(each.integer for each in declared),
        protected=any(each.protected for each in declared),
        categories=declared[0].categories,
    )
    occurring = {row[i] for model, i in places for row in models[model].plausible}
    plausible = tuple(sorted(value for value in occurring if feature.holds(value)))
    model, i = places[0]
    return Lever(label(feature.name, model, is_alone=is_alone), feature, tuple(places), inputs[model][i], plausible)


def _possible_values(lever: Lever) -> Sequence[float]:
    """Every category, or those that occur where there are very many; of a number round ones."""
    categories = lever.feature.categories
    if categories is None:
        return _round_values(lever)
    return lever.plausible if len(categories) > STEPS else [float(code) for code in range(len(categories))]


def _round_values(lever: Lever) -> Sequence[float]:
    low, high = lever.plausible[0], lever.plausible[-1]
    whole = lever.feature.integer or all(value == int(value) for value in lever.plausible)
    if (high - low) / STEPS < SMALLEST_STEP:
        return lever.plausible
    step = max(_round_up((high - low) / STEPS), 1.0 if whole else 0.0)
    digits = max(0, -math.floor(math.log10(step)))
    return [round(i * step, digits) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _round_up(step: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= step * (1 - 1e-9))
