"""When two feature schemas mean the same to a client, and what differs when they do not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Final

from scoring.features import Feature

REPLACES_SCHEMA: Final = "replaces_schema"
"""The key of config.json that declares a migration: the digest of the schema that this one replaces."""
KEPT: Final = ("name", "minimum", "maximum", "integer", "required", "protected")
"""What a client or a reader of reasons depends on, with the categories. The sentence of a reason may be put better at
any time."""
MOST_TOLD: Final = 10


def schema_digest(features: Sequence[Feature]) -> str:
    """SHA-256 (hexadecimal) of the features in their order, without their sentences."""
    plain = [[getattr(feature, key) for key in KEPT] + _categories(feature) for feature in features]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def differences(before: Sequence[Feature], after: Sequence[Feature]) -> Iterator[str]:
    """What is another in `after`, in a few words each; nothing when they are the same."""
    old, new = {each.name: each for each in before}, {each.name: each for each in after}
    if gone := [name for name in old if name not in new]:
        yield f"without {', '.join(gone)}"
    if more := [name for name in new if name not in old]:
        yield f"with {', '.join(more)}"
    if not gone and not more and list(old) != list(new):
        yield f"in the order {', '.join(new)}"
    for name in (name for name in new if name in old):
        for key in KEPT[1:]:
            was, now = getattr(old[name], key), getattr(new[name], key)
            if was != now:
                yield f"{name}: {key} {_said(was)} becomes {_said(now)}"
        yield from _other_categories(old[name], new[name])


def _categories(feature: Feature) -> list[object]:
    """Nothing without any, so that digests from before there were categories stay the same."""
    return [] if feature.categories is None else [list(feature.categories)]


def _other_categories(was: Feature, now: Feature) -> Iterator[str]:
    before, after = was.categories, now.categories
    if before == after:
        return
    if before is None or after is None:
        yield f"{now.name}: {'a category' if before is None else 'a number'} now"
        return
    if gone := [each for each in before if each not in after]:
        yield f"{now.name}: without {_some(gone)}"
    if more := [each for each in after if each not in before]:
        yield f"{now.name}: with {_some(more)}"
    if not gone and not more:
        yield f"{now.name}: its categories in another order"


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_TOLD
    return ", ".join(names[:MOST_TOLD]) + (f" and {more} more" if more > 0 else "")


def _said(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
    return f"{value:g}"
