"""The features that Home Credit's table can give a model: ranges, reasons, categories, all of them optional."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from applications.home_credit import COLUMNS, DERIVED, MEAN_OF_SOURCES, PROTECTED, RATIOS, SOURCES
from applications.home_credit_words import REASONS
from scoring.features import Feature
from training.applications.home_credit_facts import MORE, facts
from training.applications.home_credit_models import NOT_SAID

OLDEST: Final = -120 * 366
YOUNGEST: Final = -16 * 365
MOST: Final = 1e12
OF_AGE: Final = "EMPLOYED_TO_AGE"
"""Derived from the applicant's age, which may not be a reason."""


def features(more: Mapping[str, Iterable[str]] | None = None) -> tuple[Feature, ...]:
    """A feature for each column and each derived number, in the order of the table.

    `more`: column -> categories that a table holds beside the known ones.
    """
    return tuple(_feature(name, (more or {}).get(name, ())) for name in (*COLUMNS, *DERIVED))


def _feature(name: str, more: Iterable[str]) -> Feature:
    known = facts()
    categories = None
    if name in known.categories:
        texts = {*known.categories[name].shares, *MORE.get(name, ()), *more}
        categories = tuple(sorted(text for text in texts if text != NOT_SAID))
    low, high = (None, None) if categories else _range(name)
    is_whole = name in known.flags or (name in known.numbers and known.numbers[name].whole)
    return Feature(
        name,
        minimum=low,
        maximum=high,
        integer=is_whole,
        required=False,
        protected=name in PROTECTED or name == OF_AGE,
        reason=None if name in PROTECTED else REASONS[name],
        categories=categories,
    )


def _range(name: str) -> tuple[float | None, float | None]:
    """What is possible, not what is usual."""
    if name in facts().flags:
        return 0, 1
    if name in SOURCES or name == MEAN_OF_SOURCES:
        return 0, 1
    if name == "DAYS_BIRTH":
        return OLDEST, YOUNGEST
    if name.startswith("DAYS_"):
        return OLDEST, 0
    if name.startswith("REGION_RATING"):
        return 1, 3
    if name == "HOUR_APPR_PROCESS_START":
        return 0, 23
    if name in RATIOS:
        return 0, None
    return 0, MOST
