"""What is known of Home Credit's application table: the statistics that drawn applications follow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from evaluation.arrays import Floats

FILE: Final = Path(__file__).with_name("home_credit.json")
AT: Final = np.array([0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1])
"""Shares of the quantiles."""
MORE: Final[Mapping[str, tuple[str, ...]]] = {
    "ORGANIZATION_TYPE": (
        *("Advertising", "Cleaning", "Culture", "Insurance", "Legal Services", "Mobile", "Realtor", "Religion"),
        *(f"Industry: type {number}" for number in (2, 4, 5, 6, 8, 10, 12, 13)),
        *(f"Trade: type {number}" for number in (1, 4, 5)),
        "Transport: type 1",
    ),
    "NAME_INCOME_TYPE": ("Unemployed", "Student", "Businessman", "Maternity leave"),
    "NAME_EDUCATION_TYPE": ("Academic degree",),
    "NAME_FAMILY_STATUS": ("Unknown",),
}
"""Categories that the table has and the statistics are silent about: too rare."""


@dataclass(frozen=True)
class Category:
    """A column of texts. `shares`: of each category among those that are there; `rates`: its default rate, or None."""

    missing: float
    shares: Mapping[str, float]
    rates: Mapping[str, float | None]


@dataclass(frozen=True)
class Flag:
    """A column of 0 and 1, never missing. `rank`: Spearman's correlation with the target."""

    share: float
    rank: float


@dataclass(frozen=True)
class Number:
    """A column of numbers. `quantiles` at AT, of those that are there; `whole`: few different whole numbers."""

    missing: float
    whole: bool
    quantiles: tuple[float, ...]
    rank: float

    def value(self, share: Floats) -> Floats:
        """The quantiles of these shares [N], between the known ones on a straight line."""
        found = np.interp(share, AT, self.quantiles)
        return np.rint(found) if self.whole else found


@dataclass(frozen=True)
class Facts:
    """Every column but the applicant's number and the target."""

    default_rate: float
    categories: Mapping[str, Category]
    flags: Mapping[str, Flag]
    numbers: Mapping[str, Number]


@cache
def facts() -> Facts:
    """The facts, read once."""
    plain = json.loads(FILE.read_bytes())
    categories, flags, numbers = {}, {}, {}
    for name, said in plain["columns"].items():
        if "categories" in said:
            shares = {text: share for text, (share, _) in said["categories"].items()}
            rates = {text: rate for text, (_, rate) in said["categories"].items()}
            categories[name] = Category(said["missing"], shares, rates)
        elif "quantiles" in said:
            numbers[name] = Number(said["missing"], said["whole"], tuple(said["quantiles"]), said["rank"])
        else:
            flags[name] = Flag(said["share"], said["rank"])
    return Facts(plain["default_rate"], categories, flags, numbers)
