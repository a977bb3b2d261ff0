"""Of each column of the table, how it depends on risk: solved once from the facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np

from evaluation.arrays import Floats
from training.applications.home_credit_facts import MORE, Category, Facts, Flag, Number, facts
from training.applications.home_credit_joint import BLOCK_RATE, DOCUMENTS, FIRST, HOME, OF_HOMES
from training.applications.home_credit_risk import SHARES, WEIGHT, Ladder, Tilt

INCOME, ORGANIZATION, OCCUPATION, EMPLOYED = (
    *("NAME_INCOME_TYPE", "ORGANIZATION_TYPE", "OCCUPATION_TYPE", "DAYS_EMPLOYED"),
)
NO_WORK: Final = "Pensioner"
NOT_SAID: Final = "XNA"
EMPLOYED_RANK: Final = 0.105
"""Spearman's correlation of DAYS_EMPLOYED with default among those who work. The facts give .038 for all, in which
pensioners (365243, the safest) stand highest."""
RARE: Final = 1e-3
"""Share of a category of an organization that the facts are silent about."""


@dataclass(frozen=True)
class Choice:
    """A column of texts: its categories in the order of lots, and their tilt."""

    texts: tuple[str, ...]
    tilt: Tilt


@dataclass(frozen=True)
class Models:
    """How columns depend on risk. `gaps`: of what is missing by risk, the tilt of (there, missing)."""

    choices: Mapping[str, Choice]
    flags: Mapping[str, Tilt]
    documents: Tilt
    numbers: Mapping[str, tuple[Number, Ladder]]
    gaps: Mapping[str, Tilt]


@cache
def models() -> Models:
    """Solved from the facts, once."""
    known = facts()
    numbers = {name: each for name, each in known.numbers.items() if name != "CNT_FAM_MEMBERS"}
    numbers[EMPLOYED] = employed(numbers[EMPLOYED], known)
    flags = {name: each for name, each in known.flags.items() if name not in (*DOCUMENTS, "FLAG_EMP_PHONE")}
    homes = {name: numbers[f"{name}_AVG"].missing for name in HOME}
    homes |= {name: known.categories[name].missing for name in OF_HOMES}
    homes["TOTALAREA_MODE"] = numbers["TOTALAREA_MODE"].missing
    gaps = {name: Tilt.of([1 - missing, missing], [BLOCK_RATE, None]) for name, missing in homes.items()}
    return Models(
        choices=_choices(known, gaps),
        flags={name: _flag(each, known) for name, each in flags.items() if 0 < each.share < 1},
        documents=_documents(known),
        numbers={name: (each, Ladder.of(each.value(SHARES), each.rank)) for name, each in numbers.items()},
        gaps=gaps,
    )


def employed(column: Number, known: Facts) -> Number:
    """DAYS_EMPLOYED of those who work: the lower part of the table's column."""
    working = 1 - known.categories[ORGANIZATION].shares[NOT_SAID]
    at = np.array([0, 0.01, 0.05, 0.25, 0.5, 0.75, working]) / working
    days = [*column.quantiles[:6], -20.0]
    found = np.interp([0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1], at, days)
    return replace(column, quantiles=tuple(map(float, found)), rank=EMPLOYED_RANK)


def _choices(known: Facts, gaps: Mapping[str, Tilt]) -> dict[str, Choice]:
    found: dict[str, Choice] = {}
    found[INCOME] = _choice(INCOME, known.categories[INCOME], WEIGHT)
    pensioners = found[INCOME].texts.index(NO_WORK)
    working = WEIGHT * (1 - np.exp(found[INCOME].tilt.log_chances()[pensioners]))
    for name, column in known.categories.items():
        if name == INCOME:
            continue
        among: Floats = WEIGHT
        if name == ORGANIZATION:
            shares = {text: share for text, share in column.shares.items() if text != NOT_SAID}
            more = dict.fromkeys(MORE[ORGANIZATION], RARE)
            column = Category(0, {**shares, **more}, {**column.rates, **dict.fromkeys(more)})
        if name in (ORGANIZATION, OCCUPATION):
            among = working
        elif name in gaps:
            among = WEIGHT * np.exp(gaps[name].log_chances()[0])
        found[name] = _choice(name, column, among)
    return found


def _choice(name: str, column: Category, among: Floats) -> Choice:
    texts = FIRST.get(name, tuple(column.shares))
    rates = [column.rates[text] for text in texts]
    return Choice(texts, Tilt.of([column.shares[text] for text in texts], rates, among))


def _flag(column: Flag, known: Facts) -> Tilt:
    return Tilt.of([1 - column.share, column.share], [None, rate_of(column, known.default_rate)])


def _documents(known: Facts) -> Tilt:
    """Which of DOCUMENTS, or none of them."""
    flags = [known.flags[name] for name in DOCUMENTS]
    shares = [each.share for each in flags]
    rates = [rate_of(each, known.default_rate) for each in flags]
    return Tilt.of([*shares, 1 - sum(shares)], [*rates, None])


def rate_of(column: Flag, rate: float) -> float:
    """The default rate where the flag is 1: Spearman's correlation of two flags is the phi coefficient."""
    return float(rate + column.rank * np.sqrt(rate * (1 - rate) * (1 - column.share) / column.share))
