"""Files of a published version."""

from __future__ import annotations

import hashlib

from model_store.artifacts import ArtifactMissing, ArtifactStore, ArtifactTooLarge
from model_store.bundle import BundleRefused, version_key
from model_store.manifest import Manifest


def bundle_file(artifacts: ArtifactStore, manifest: Manifest, name: str) -> bytes | None:
    """A file of a published version, verified; None if it has none of this name.

    Raises BundleRefused when it is not what the manifest says, ArtifactsUnreachable.
    """
    entry = manifest.files.get(name)
    if entry is None:
        return None
    try:
        data = artifacts.read(version_key(manifest, name), entry.bytes).data
    except (ArtifactMissing, ArtifactTooLarge) as error:
        raise BundleRefused(manifest.digest, f"{name} is not there as its manifest says") from error
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise BundleRefused(manifest.digest, f"{name} does not have the digest that its manifest gives")
    return data
