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
"""What a client or a reader of reasons depends on. The sentence of a reason may be put better at any time."""


def schema_digest(features: Sequence[Feature]) -> str:
    """SHA-256 (hexadecimal) of the features in their order, without their sentences."""
    plain = [[getattr(feature, key) for key in KEPT] for feature in features]
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


def _said(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
    return f"{value:g}"
