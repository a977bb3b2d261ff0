"""What the artifact store offers for a model: a published bundle, or else native files lying flat."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from model_store.artifacts import ArtifactMissing, ArtifactStore, ArtifactTooLarge
from model_store.compile.report import MODEL_FILES, NATIVE_FILES
from model_store.compiled import Compile, compile_bundle
from model_store.manifest import LARGEST_FILE, Manifest, ManifestError
from model_store.native import NativeRefusedError

FLAT_VERSION = "flat-"
"""The version of a flat bundle is this and the start of its digest; no published version begins so."""
FLAT_FORMAT = 1
"""Part of a flat bundle's digest. To be raised when the same native files are to be converted anew."""


class BundleRefused(Exception):
    """A bundle that must not serve; the message says why, in words fit for a client.

    `digest` names the bundle, or the bytes of a manifest that cannot be read; None if not even these are known.
    """

    def __init__(self, digest: str | None, message: str) -> None:
        super().__init__(message)
        self.digest = digest


class NotConvertible(BundleRefused):
    """Native files that the child refused; it is likely to refuse the same files again."""


@dataclass(frozen=True)
class Published:
    """A bundle that a manifest describes."""

    artifacts: ArtifactStore
    manifest: Manifest

    @property
    def digest(self) -> str:
        return self.manifest.digest

    def fill(self, folder: Path) -> Manifest:
        """Bring every file into `folder`, each verified. Raises BundleRefused, ArtifactsUnreachable, OSError."""
        for name in self.manifest.files:
            (folder / name).write_bytes(bundle_file(self.artifacts, self.manifest, name))
        return self.manifest


@dataclass(frozen=True)
class Flat:
    """A model's native files as its data scientists put them: named by what they hold."""

    name: str
    files: Mapping[str, bytes]
    compile_native: Compile

    @property
    def digest(self) -> str:
        """SHA-256 over the names and SHA-256s of the files."""
        lines = [f"flat {FLAT_FORMAT}"]
        lines += [f"{name} {hashlib.sha256(data).hexdigest()}" for name, data in sorted(self.files.items())]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def fill(self, folder: Path) -> Manifest:
        """Convert the files in the child and keep both in `folder`. Raises NotConvertible, OSError."""
        for name, data in self.files.items():
            (folder / name).write_bytes(data)
        digest = self.digest
        try:
            return compile_bundle(folder, self.compile_native, name=self.name, version=f"{FLAT_VERSION}{digest[:12]}")
        except (NativeRefusedError, ManifestError) as error:
            raise NotConvertible(digest, str(error)) from error


def version_key(manifest: Manifest, file: str) -> str:
    """Where a file of a published version lies, the version's own manifest among them."""
    return f"{manifest.name}/versions/{manifest.version}/{file}"


def bundle_file(artifacts: ArtifactStore, manifest: Manifest, name: str) -> bytes:
    """One of the files that a manifest lists, verified. Raises BundleRefused, ArtifactsUnreachable."""
    entry = manifest.files[name]
    try:
        data = artifacts.read(version_key(manifest, name), entry.bytes).data
    except ArtifactMissing as error:
        raise BundleRefused(manifest.digest, f"{name}, which its manifest lists, is missing") from error
    except ArtifactTooLarge as error:
        raise BundleRefused(manifest.digest, f"{name} is larger than its manifest says") from error
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise BundleRefused(manifest.digest, f"{name} does not have the digest that its manifest gives")
    return data


def flat(artifacts: ArtifactStore, name: str, compile_native: Compile) -> Flat:
    """The native files of a model that lie flat. Raises BundleRefused, ArtifactMissing, ArtifactsUnreachable."""
    files = {}
    for file in NATIVE_FILES:
        try:
            files[file] = artifacts.read(f"{name}/{file}", LARGEST_FILE).data
        except ArtifactMissing:
            continue
        except ArtifactTooLarge as error:
            raise BundleRefused(None, f"{file} is too large") from error
    if not any(file in files for file in MODEL_FILES):
        raise ArtifactMissing(f"{name} has neither a manifest nor a model file")
    return Flat(name, files, compile_native)
