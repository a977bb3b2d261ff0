"""What the categories of a feature may be."""

from __future__ import annotations

from typing import Final

from scoring.features import Feature

MOST_CATEGORIES: Final = 1_000
LONGEST_CATEGORY: Final = 256
"""Characters."""


def categories_problem(feature: Feature) -> str | None:
    """What is wrong with a feature's categories, or None; a feature without any has no problem."""
    categories = feature.categories
    if categories is None:
        return None
    if not 0 < len(categories) <= MOST_CATEGORIES:
        return f"there must be 1 to {MOST_CATEGORIES:,} of them"
    if not all(0 < len(each) <= LONGEST_CATEGORY and each.isprintable() for each in categories):
        return f"each must be 1 to {LONGEST_CATEGORY} printable characters"
    if len(set(categories)) < len(categories):
        return "each must be another"
    if feature.minimum is not None or feature.maximum is not None or feature.integer:
        return "a feature that has them is no number: it has no minimum, no maximum and is not integer"
    return None
