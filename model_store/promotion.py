"""Which version serves: promoted, rolled back and retired by the switches alone; what is published never changes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import ValidationError

from model_store import past
from model_store.artifacts import ArtifactConflict, ArtifactStore
from model_store.bundle import BundleRefused
from model_store.manifest import Manifest
from model_store.publish import write
from model_store.signing import ANYBODY, Trust
from model_store.switch import Change, Switch, effective, switch_key
from model_store.switches import WithEtags, read_switches, read_with_etags, references_of, without_etags
from model_store.versions import RETIRED, is_retired, read_version
from routing.routes import base_of
from scoring.identity import stamp


class PromotionRefused(Exception):
    """Nothing was changed; the message tells an operator why, in one line."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """A promotion that is in every switch of its models.

    `together`: reference -> version; `before`: what each served until then, None for one that no switch decided;
    `written`: the switches that this call wrote (none when it was done already).
    """

    id: str
    kind: Literal["promote", "rollback"]
    together: Mapping[str, str]
    before: Mapping[str, str | None]
    written: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Why:
    """What a change keeps of its occasion (`Change`)."""

    by: str
    reason: str | None
    gates: Sequence[Mapping[str, Any]] = ()
    override: str | None = None


def promote(
    artifacts: ArtifactStore,
    together: Mapping[str, str],
    *,
    by: str,
    reason: str | None = None,
    gates: Sequence[Mapping[str, Any]] = (),
    override: str | None = None,
    trust: Trust = ANYBODY,
) -> Promotion:
    """Make published versions serve, all from one moment on: `together` maps references to versions.

    Every version needs the signature that `trust` asks for. Of a promotion that was cut short nothing counts, and
    promoting the same again completes it. What serves already stays. Raises PromotionRefused, ArtifactMissing,
    ArtifactsUnreachable, BundleRefused (of a manifest or a switch), and ArtifactConflict when another promotion changed
    one of the switches meanwhile.
    """
    switches = read_with_etags(artifacts, together)
    return _written(artifacts, switches, "promote", together, _Why(by, reason, gates, override), trust)


def rollback(
    artifacts: ArtifactStore,
    references: Iterable[str],
    to: str | None = None,
    *,
    by: str,
    reason: str | None = None,
    trust: Trust = ANYBODY,
) -> Promotion:
    """Make the versions before serve again, or those of the time when `to` served; what came with them goes with them.

    A rollback of a rollback goes one version further back, never forward again. While a promotion of one of them is
    unfinished, rolling back gives that promotion up. Raises what `promote` raises.
    """
    asked = tuple(references)
    switches = read_with_etags(artifacts, asked)
    try:
        together = past.versions_before(without_etags(switches), asked, to)
    except past.NoPast as error:
        raise PromotionRefused(str(error)) from error
    return _written(artifacts, switches, "rollback", together, _Why(by, reason), trust)


def retire(artifacts: ArtifactStore, name: str, version: str, *, by: str, reason: str) -> None:
    """Withdraw a version for good: it is not promoted nor rolled back to any more, and still replayed.

    Raises PromotionRefused when it serves or a switch names it, ArtifactMissing, ArtifactsUnreachable, BundleRefused.
    """
    read_version(artifacts, name, version)
    references = references_of(artifacts, name)
    switches = read_switches(artifacts, references)
    serving = effective(switches)
    for reference in references:
        switch, target = switches[reference], serving.get(reference)
        if (switch and switch.manifest.version == version) or (target and target.version == version):
            raise PromotionRefused(f"version {version} of {name} serves as {reference}; promote another one first")
    document = {"retired_at": stamp(datetime.now(UTC)), "by": by, "reason": reason}
    try:
        artifacts.put(f"{name}/versions/{version}/{RETIRED}", json.dumps(document).encode(), if_none_match=True)
    except ArtifactConflict as error:
        raise PromotionRefused(f"version {version} of {name} is retired already") from error


def _written(
    artifacts: ArtifactStore,
    switches: WithEtags,
    kind: Literal["promote", "rollback"],
    together: Mapping[str, str],
    why: _Why,
    trust: Trust,
) -> Promotion:
    """Write the change over the switches as they were when it was decided: whoever came in between is not overruled."""
    together = dict(sorted(together.items()))
    manifests = {reference: _usable(artifacts, reference, version, trust) for reference, version in together.items()}
    known = without_etags(switches)
    serving = effective(known)
    before = {reference: serving[reference].version if reference in serving else None for reference in together}
    if before == together and past.is_settled(known, together):
        return Promotion(serving[next(iter(together))].promotion, kind, together, before, ())
    begun = past.begun(known, kind, together)
    identity = begun.promotion if begun else f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    at = begun.at if begun else stamp(datetime.now(UTC))
    written = []
    for reference, manifest in manifests.items():
        found = switches[reference]
        switch, etag = found or (Switch(reference, manifest), None)
        if found and switch.history[-1].promotion == identity:
            continue
        try:
            change = Change(
                promotion=identity,
                kind=kind,
                version=manifest.version,
                digest=manifest.digest,
                at=at,
                by=why.by,
                reason=why.reason,
                together=together,
                gates=tuple(json.loads(json.dumps(dict(gate), allow_nan=False)) for gate in why.gates),
                override=why.override,
            )
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            raise PromotionRefused(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        changed = switch.changed(manifest, change) if found else Switch(reference, manifest, (change,))
        try:
            write(artifacts, switch_key(reference), changed.to_bytes(), over=etag)
        except ArtifactConflict as error:
            raise ArtifactConflict(
                f"{reference} was promoted by another meanwhile; look at it, then try again"
            ) from error
        written.append(reference)
    return Promotion(identity, kind, together, before, tuple(written))


def _usable(artifacts: ArtifactStore, reference: str, version: str, trust: Trust) -> Manifest:
    """The manifest of a version that may be promoted."""
    switch_key(reference)
    name = base_of(reference)
    try:
        manifest = read_version(artifacts, name, version)
        trust.check(manifest)
    except BundleRefused as error:
        raise BundleRefused(error.digest, f"version {version} of {name}: {error}") from error
    if is_retired(artifacts, name, version):
        raise PromotionRefused(f"version {version} of {name} is retired")
    return manifest
