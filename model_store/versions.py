"""Every version that the store keeps, as it lies there."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from model_store.artifacts import ArtifactMissing, ArtifactStore, ArtifactTooLarge
from model_store.bundle import BundleRefused
from model_store.manifest import LARGEST_MANIFEST, MANIFEST, Manifest, ManifestError, read_manifest
from model_store.switch import Target

RETIRED: Final = "retired.json"
"""Beside a version's manifest: who withdrew it, when and why. It can be replayed, but not promoted."""


def version_names(artifacts: ArtifactStore, name: str) -> list[str]:
    """Every published version of a model, usable or not, by name. Raises ArtifactsUnreachable."""
    parts = (key.split("/") for key in artifacts.keys(f"{name}/versions"))
    return [
        each[2] for each in parts if len(each) == len(("name", "versions", "version", MANIFEST)) and each[3] == MANIFEST
    ]


def versions(artifacts: ArtifactStore, name: str) -> list[Manifest]:
    """Every published version of a model that can be read, the newest first. Raises ArtifactsUnreachable."""
    found = []
    for version in version_names(artifacts, name):
        try:
            found.append(read_version(artifacts, name, version))
        except BundleRefused:
            continue
    return sorted(found, key=lambda manifest: (manifest.created_at, manifest.version), reverse=True)


def read_version(artifacts: ArtifactStore, name: str, version: str) -> Manifest:
    """The manifest of a published version. Raises ArtifactMissing, ArtifactsUnreachable, BundleRefused."""
    try:
        raw = artifacts.read(f"{name}/versions/{version}/{MANIFEST}", LARGEST_MANIFEST).data
    except ArtifactMissing as error:
        raise ArtifactMissing(f"there is no version {version} of {name}") from error
    except ArtifactTooLarge as error:
        raise BundleRefused(None, "its manifest is too large") from error
    except ValueError as error:
        raise ArtifactMissing(f"{version[:100]!r} of {name[:100]!r} is no version's name") from error
    try:
        manifest = read_manifest(raw)
    except ManifestError as error:
        raise BundleRefused(sha256(raw).hexdigest(), str(error)) from error
    if (manifest.name, manifest.version) != (name, version):
        raise BundleRefused(manifest.digest, f"its manifest is of {manifest.name}, version {manifest.version}")
    return manifest


def manifest_of(artifacts: ArtifactStore, target: Target) -> Manifest:
    """The manifest of what a switch makes serve. Raises what `read_version` raises, and BundleRefused for another."""
    manifest = target.manifest or read_version(artifacts, target.name, target.version)
    if manifest.digest != target.digest:
        raise BundleRefused(target.digest, f"version {target.version} is not what it was when it was promoted")
    return manifest


def is_retired(artifacts: ArtifactStore, name: str, version: str) -> bool:
    """Whether a version was withdrawn. Raises ArtifactsUnreachable."""
    try:
        artifacts.etag(f"{name}/versions/{version}/{RETIRED}")
    except ArtifactMissing:
        return False
    return True
