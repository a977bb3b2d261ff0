"""What may change in a counterfactual, and how: protected attributes stay, an age does not fall."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

import numpy as np

from explanation.lab.arrays import Floats
from explanation.lab.dependence import is_whole
from explanation.levers import Lever
from scoring.features import Feature

Way = Literal["up", "down", "any"]
STEPS = 100
DIGITS = 3
"""Significant digits of a tried value: 23,400 and not 23,417.86."""
_ONLY_UP: Final = frozenset({"age"})
_PROTECTED: Final = frozenset(
    {"sex", "gender", "race", "ethnic", "ethnicity", "religion", "nationality", "citizenship", "foreign", "marital"}
    | {"marriage", "married", "disability", "pregnancy", "birth", "birthday", "birthdate", "born", "dob"}
)
"""Words in a name, after ECOA, 15 U.S.C. 1691(a), and Directive 2000/43/EC. A bank's own list counts, too: what the
schema calls `protected`, and what the request holds as `immutable`."""


@dataclass(frozen=True)
class Constraints:
    """What a request lays down. Features by name; `ranges`: name -> (lowest, highest) value, both inclusive."""

    immutable: Collection[str] = ()
    ways: Mapping[str, Way] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def may_change(self, feature: Feature) -> bool:
        """Not a protected one, nor one that the request holds."""
        return not (feature.protected or feature.name in self.immutable or words_of(feature.name) & _PROTECTED)

    def way(self, feature: Feature) -> Way:
        """An age only rises, whatever the request says."""
        if words_of(feature.name) & _ONLY_UP:
            return "up"
        return self.ways.get(feature.name, "any")


@dataclass(frozen=True)
class Constrained(Lever):
    """A feature that may change as `way` and `limits` (inclusive) allow."""

    way: Way = "any"
    limits: tuple[float, float] = (-np.inf, np.inf)
    whole: bool = False

    @cached_property
    def candidates(self) -> tuple[float, ...]:
        """Values to try: quantiles of those that occur, or every category that does."""
        return tuple(each for each in self._occurring() if each != self.value and self._is_allowed(each))

    def _occurring(self) -> list[float]:
        known = np.array(self.plausible)
        if self.feature.categories is not None or len(known) <= STEPS:
            return list(self.plausible)
        quantiles = np.quantile(known, np.linspace(0, 1, STEPS))
        rounded = {float(f"{each:.{DIGITS}g}") for each in quantiles.tolist()}
        inside = {min(max(each, known[0]), known[-1]) for each in rounded}
        return sorted({float(round(each)) for each in inside} if self.whole else inside)

    def _is_allowed(self, value: float) -> bool:
        if self.way != "any":
            # Categories have no order, and from a missing value nothing is known to rise or fall.
            goes = value > self.value if self.way == "up" else value < self.value
            if self.feature.categories is not None or not goes:
                return False
        return self.limits[0] <= value <= self.limits[1] and self.feature.holds(value)


def words_of(name: str) -> frozenset[str]:
    """The words of a feature's name, in small letters: those of customer_age, customerAge and "Customer age" alike."""
    return frozenset(each.lower() for each in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name))


def constrained(
    features: tuple[Feature, ...], row: Floats, background: Floats, constraints: Constraints, model: str
) -> Iterator[Constrained]:
    """Every feature of a row [n] that may change, with values of the background [M, n] to try."""
    for i, feature in enumerate(features):
        if not constraints.may_change(feature):
            continue
        column = background[:, i]
        known = column[~np.isnan(column)]
        if not known.size:
            continue
        yield Constrained(
            name=feature.name,
            feature=feature,
            places=((model, i),),
            value=float(row[i]),
            plausible=tuple(np.unique(known).tolist()),
            way=constraints.way(feature),
            limits=constraints.ranges.get(feature.name, (-np.inf, np.inf)),
            whole=feature.categories is None and is_whole(feature, known),
        )
