"""The one switch of a model: which version serves, and every promotion that came before it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

from pydantic import Field, JsonValue, StringConstraints, TypeAdapter, ValidationError

from model_store.artifacts import ArtifactStore, ArtifactTooLarge
from model_store.bundle import BundleRefused
from model_store.manifest import (
    LARGEST_MANIFEST,
    MANIFEST,
    VERSION,
    Manifest,
    ManifestError,
    Sha256,
    Strict,
    read_manifest,
)
from routing.routes import NAME, RESERVED_ALIASES, base_of

LARGEST_SWITCH: Final = 2 * LARGEST_MANIFEST
MOST_CHANGES: Final = 1_000
WITH_FIGURES: Final = 20
"""So many of the newest changes keep the figures of their gates; older ones keep verdict and reason only."""
KEPT_ALIKE: Final = 2

_REFERENCE = f"{NAME.pattern}(@{NAME.pattern})?"
Reference = Annotated[str, StringConstraints(pattern=f"^{_REFERENCE}$")]
Version = Annotated[str, StringConstraints(pattern=f"^{VERSION}$")]
Line = Annotated[str, StringConstraints(max_length=2_000)]


class Change(Strict):
    """One promotion, as the switch of one of its models keeps it.

    `together`: reference -> version of every model that this promotion changes; `gates`: what each gate found;
    `override`: why it was promoted although one refused.
    """

    promotion: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    kind: Literal["promote", "rollback"]
    version: Version
    digest: Sha256
    at: str
    by: Line
    reason: Line | None
    together: Annotated[dict[Reference, Version], Field(min_length=1, max_length=64)]
    gates: tuple[dict[str, JsonValue], ...]
    override: Line | None

    def without_figures(self) -> Change:
        """The same with the verdict and reason of every gate, but not its figures."""
        gates = tuple({key: value for key, value in gate.items() if key != "figures"} for gate in self.gates)
        return self.model_copy(update={"gates": gates})


_CHANGES: TypeAdapter[tuple[Change, ...]] = TypeAdapter(Annotated[tuple[Change, ...], Field(max_length=MOST_CHANGES)])


@dataclass(frozen=True)
class Switch:
    """The document under a reference: the manifest of the version promoted last, and the changes, oldest first."""

    reference: str
    manifest: Manifest
    changes: tuple[Change, ...] = ()

    @cached_property
    def history(self) -> tuple[Change, ...]:
        """The changes; a switch that older code or a person wrote has one, of its own."""
        manifest = self.manifest
        return self.changes or (
            Change(
                promotion=f"before-{manifest.digest[:16]}",
                kind="promote",
                version=manifest.version,
                digest=manifest.digest,
                at=manifest.created_at,
                by="",
                reason=None,
                together={self.reference: manifest.version},
                gates=(),
                override=None,
            ),
        )

    @cached_property
    def _promotions(self) -> Mapping[str, Mapping[str, str]]:
        return {change.promotion: change.together for change in self.history}

    def together(self, promotion: str) -> Mapping[str, str] | None:
        """What a promotion made serve together, as this history has it; None if it is not there."""
        return self._promotions.get(promotion)

    def changed(self, manifest: Manifest, change: Change) -> Switch:
        """The switch after one more change, which is to `manifest`."""
        return _readable(Switch(self.reference, manifest, _kept((*self.history, change))))

    def to_bytes(self) -> bytes:
        """The document as it is stored; `parse_switch` is its inverse."""
        plain = self.manifest.model_dump(mode="json")
        plain["changes"] = [change.model_dump(mode="json") for change in self.changes]
        return (json.dumps(plain, indent=1, allow_nan=False) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Target:
    """The version that a reference should serve, and the promotion that made it so.

    `manifest` is None when the switch holds the manifest of another version: `model_store.versions` reads it.
    """

    name: str
    version: str
    digest: str
    promotion: str
    manifest: Manifest | None


def effective(switches: Mapping[str, Switch | None], refused: Collection[str] = ()) -> dict[str, Target]:
    """What each reference should serve: its newest change whose promotion is complete.

    A promotion is complete when the switch of every reference that it names has it, with the same versions for all;
    references that are not in `switches` are not used here and do not count. `switches` holds None for one that is used
    and has no switch. Changes of the promotions in `refused` are passed over. A reference for which no change is left
    is not in the result.
    """
    found = {}
    for reference, switch in switches.items():
        if switch and (changes := complete(switches, switch, refused)):
            found[reference] = _target(switch, changes[-1])
    return found


def complete(switches: Mapping[str, Switch | None], switch: Switch, refused: Collection[str] = ()) -> list[Change]:
    """The changes of one of these switches whose promotions are complete (see `effective`), oldest first."""

    def counts(change: Change) -> bool:
        return change.promotion not in refused and all(
            _agrees(switch, change, reference, other) for reference, other in switches.items()
        )

    return list(filter(counts, switch.history))


def _agrees(switch: Switch, change: Change, reference: str, other: Switch | None) -> bool:
    """Whether another switch has the same promotion, if one of the two says that it should."""
    held = other and other.together(change.promotion)
    return held == change.together or not (reference in change.together or (held and switch.reference in held))


def read_switch(artifacts: ArtifactStore, reference: str) -> tuple[Switch, str]:
    """The switch and its etag. Raises ArtifactMissing, ArtifactsUnreachable, and BundleRefused when it is unusable."""
    try:
        artifact = artifacts.read(switch_key(reference), LARGEST_SWITCH)
    except ArtifactTooLarge as error:
        raise BundleRefused(None, "its manifest is too large") from error
    return parse_switch(artifact.data, reference), artifact.etag


def parse_switch(raw: bytes, reference: str) -> Switch:
    """Read and check the document of a switch. Raises BundleRefused."""
    try:
        manifest, changes = _parts(raw)
    except ManifestError as error:
        raise BundleRefused(sha256(raw).hexdigest(), str(error)) from error
    switch, digest = Switch(reference, manifest, changes), manifest.digest
    if manifest.name != base_of(reference):
        raise BundleRefused(digest, f"its manifest is of another model, {manifest.name}")
    if changes and (changes[-1].version, changes[-1].digest) != (manifest.version, digest):
        raise BundleRefused(digest, "its manifest is not of the version that its last change names")
    if any(change.together.get(reference) != change.version for change in changes):
        raise BundleRefused(digest, "a change of its switch does not name the model itself")
    if any(switch.together(change.promotion) != change.together for change in changes):
        raise BundleRefused(digest, "two changes of its switch are of one promotion, to other versions")
    return switch


def switch_key(reference: str) -> str:
    """Where the switch of a reference lies. ValueError for what is no reference."""
    name, at, alias = reference.partition("@")
    if not NAME.fullmatch(name) or (at and not NAME.fullmatch(alias)):
        raise ValueError(f"not a model, nor a model@alias: {reference[:100]!r}")
    if alias in RESERVED_ALIASES:
        raise ValueError(f"{alias} cannot be an alias: {name}/{alias}.json means something else")
    return f"{name}/{alias}.json" if at else f"{name}/{MANIFEST}"


def reference_of(key: str) -> str | None:
    """The reference whose switch lies at a key, if one does."""
    name, _, file = key.partition("/")
    alias = file.removesuffix(".json")
    if not NAME.fullmatch(name) or alias == file:
        return None
    if file == MANIFEST:
        return name
    return f"{name}@{alias}" if NAME.fullmatch(alias) and alias not in RESERVED_ALIASES else None


def _parts(raw: bytes) -> tuple[Manifest, tuple[Change, ...]]:
    """Raises ManifestError."""
    try:
        plain: Any = json.loads(raw)
        told = plain.pop("changes", []) if isinstance(plain, dict) else []
        document = json.dumps(plain, allow_nan=False).encode()
        changes = _CHANGES.validate_json(json.dumps(told, allow_nan=False))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in ("changes", *first["loc"]))[:100]
        raise ManifestError(f"its manifest is not valid: {where}: {first['msg'][:200]}") from error
    except (ValueError, RecursionError) as error:
        raise ManifestError("its manifest is not JSON that this code reads") from error
    return read_manifest(document), changes


def _target(switch: Switch, change: Change) -> Target:
    is_at_hand = change.digest == switch.manifest.digest
    name = base_of(switch.reference)
    return Target(name, change.version, change.digest, change.promotion, switch.manifest if is_at_hand else None)


def _kept(changes: Iterable[Change]) -> tuple[Change, ...]:
    """At most MOST_CHANGES of them, without the figures of old gates.

    Another model's switch may still rest on a promotion that this one went through long ago: the oldest change goes of
    which there are newer ones with the same models.
    """
    kept = list(changes)
    while len(kept) > MOST_CHANGES:
        alike = [set(change.together) for change in kept]
        gone = (i for i, models in enumerate(alike) if alike[i + 1 :].count(models) >= KEPT_ALIKE)
        del kept[next(gone, 0)]
    old, new = kept[:-WITH_FIGURES], kept[-WITH_FIGURES:]
    return (*(change.without_figures() for change in old), *new)


def _readable(switch: Switch) -> Switch:
    """The same, but without the gates of its oldest changes where it would be too large to be read again."""
    beyond, changes = len(switch.to_bytes()) - LARGEST_SWITCH, list(switch.changes)
    for at, change in enumerate(changes[:-1]):
        if beyond <= 0:
            break
        changes[at] = change.model_copy(update={"gates": ()})
        beyond -= len(change.model_dump_json()) - len(changes[at].model_dump_json())
    return Switch(switch.reference, switch.manifest, tuple(changes))
