"""How two versions of a model differ, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from model_store.manifest import Manifest
from scoring.features import Feature

ABSENT = "-"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same: `before` and `after` as short text, ABSENT where there is nothing."""

    what: str
    before: str
    after: str


def differences(before: Manifest, after: Manifest) -> list[Difference]:
    """Everything but the names, times and digests of the two; golden rows only as "other rows"."""
    found = [
        *_of("output", {"": before.output}, {"": after.output}),
        *_of("framework", {"": before.framework}, {"": after.framework}),
        *_of("features", {"order": _names(before)}, {"order": _names(after)}),
        *_of("feature", _features(before), _features(after)),
        *_of("metric", before.metrics, after.metrics),
        *_of("library", before.library_versions, after.library_versions),
        *_of("file", _files(before), _files(after)),
        *_of("signed by", {"": _signer(before)}, {"": _signer(after)}),
        *_of("score scale", {"": before.scale}, {"": after.scale}),
        *_of("alone", {"": before.alone}, {"": after.alone}),
        *_of("parity", {"": before.parity}, {"": after.parity}),
        *_of("reference", {"": before.reference.row}, {"": after.reference.row}),
    ]
    if before.golden.rows != after.golden.rows:
        found.append(
            Difference("golden rows", f"{len(before.golden.rows)} rows", f"{len(after.golden.rows)} other rows")
        )
    elif before.golden.outputs != after.golden.outputs:
        moved = max(abs(a - b) for a, b in zip(before.golden.outputs, after.golden.outputs, strict=True))
        found.append(Difference("golden rows", "the same rows", f"outputs moved by up to {moved:.4g}"))
    return found


def _of(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for key in dict.fromkeys([*before, *after]):
        if (key in before) != (key in after) or before[key] != after[key]:
            yield Difference(f"{what} {key}".rstrip(), _shown(before, key), _shown(after, key))


def _shown(values: Mapping[str, Any], key: str) -> str:
    if key not in values or values[key] is None:
        return ABSENT
    value = values[key]
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _names(manifest: Manifest) -> str:
    return ", ".join(feature.name for feature in manifest.features)


def said_of(feature: Feature) -> str:
    """What a schema says of a feature beside its name."""
    plain = {key: value for key, value in asdict(feature).items() if key not in ("name", "reason", "categories")}
    said = [
        key if value is True else f"{key} {value}"
        for key, value in plain.items()
        if value is not None and value is not False
    ]
    if feature.categories is not None:
        said.append(f"one of {', '.join(feature.categories)}")
    return ", ".join([*said, *([f'reason "{feature.reason}"'] if feature.reason else [])]) or "any number"


def _features(manifest: Manifest) -> dict[str, str]:
    return {feature.name: said_of(feature) for feature in manifest.features}


def _files(manifest: Manifest) -> dict[str, str]:
    return {name: f"{entry.sha256[:12]} ({entry.bytes} bytes)" for name, entry in manifest.files.items()}


def _signer(manifest: Manifest) -> str | None:
    return manifest.signature.key_id if manifest.signature else None
