"""Gates that only read what a bundle says of itself: retired, signature, card, schema."""

from __future__ import annotations

import json
from typing import Final

from model_store.artifacts import ArtifactStore
from model_store.bundle import BundleRefused, bundle_file
from model_store.card import CARD, CardError, read_card
from model_store.manifest import Manifest
from model_store.signing import Trust
from model_store.versions import is_retired
from training.gates.lineup import Candidate
from training.gates.result import GateResult
from training.schema import REPLACES_SCHEMA, differences, schema_digest

CONFIG: Final = "config.json"


def retired(artifacts: ArtifactStore, candidate: Candidate) -> GateResult:
    """A version that was withdrawn is not promoted again."""
    is_gone = is_retired(artifacts, candidate.manifest.name, candidate.manifest.version)
    return GateResult("retired", candidate.reference, not is_gone, "it was retired" if is_gone else "it is not retired")


def signature(candidate: Candidate, trust: Trust) -> GateResult:
    """A bundle that the service would not trust is not promoted."""
    signed = candidate.manifest.signature
    try:
        trust.check(candidate.manifest)
    except BundleRefused as error:
        return GateResult("signature", candidate.reference, passed=False, reason=str(error))
    told = f"signed with key {signed.key_id}" if signed else "it is not signed, and no signature is required"
    return GateResult("signature", candidate.reference, passed=True, reason=told)


def card(artifacts: ArtifactStore, candidate: Candidate) -> GateResult:
    """A whole model card, of this very model."""
    result = ("card", candidate.reference)
    if CARD not in candidate.manifest.files:
        return GateResult(*result, passed=False, reason=f"the bundle has no model card ({CARD})")
    try:
        found = read_card(bundle_file(artifacts, candidate.manifest, CARD))
    except (BundleRefused, CardError) as error:
        return GateResult(*result, passed=False, reason=str(error))
    features = candidate.manifest.schema_of_features.names
    if found.training.features != features:
        told = f"its card is of a model with other features ({', '.join(found.training.features)[:300]})"
        return GateResult(*result, passed=False, reason=told)
    return GateResult(*result, passed=True, reason=f"its card is whole; validated on {found.validated_on}")


def schema(artifacts: ArtifactStore, candidate: Candidate) -> GateResult:
    """The same features as the champion's, or a migration that the bundle declares."""
    result, champion = ("schema", candidate.reference), candidate.champion
    if champion is None:
        return GateResult(*result, passed=True, reason="does not apply: there is no champion")
    changes = list(differences(champion.features, candidate.manifest.features))
    before, after = schema_digest(champion.features), schema_digest(candidate.manifest.features)
    figures = {"champion": before, "candidate": after}
    if not changes:
        return GateResult(*result, True, f"the same as of version {champion.version}", figures)
    told = f"other than of version {champion.version}: {'; '.join(changes)}"[:1_500]
    if _declared(artifacts, candidate.manifest) == before:
        return GateResult(*result, True, f"{told}; {CONFIG} declares that it replaces it", figures)
    way_out = (
        f'if that is meant, publish it with "{REPLACES_SCHEMA}": "{before}" in {CONFIG} '
        "(`models train --replaces-schema` does)"
    )
    return GateResult(*result, False, f"{told}; {way_out}", figures)


def _declared(artifacts: ArtifactStore, manifest: Manifest) -> object:
    """The schema that config.json says to replace. A bundle that cannot be read declares nothing."""
    if CONFIG not in manifest.files:
        return None
    try:
        plain = json.loads(bundle_file(artifacts, manifest, CONFIG))
    except (BundleRefused, ValueError, RecursionError):
        return None
    return plain.get(REPLACES_SCHEMA) if isinstance(plain, dict) else None
