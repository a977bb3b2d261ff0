"""Publishing a version: its files first, its manifest last, each written once. `promotion` says what serves."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from model_store.artifacts import Artifact, ArtifactConflict, ArtifactMissing, ArtifactStore
from model_store.bundle import FLAT_VERSION, version_key
from model_store.card import CARD, read_card
from model_store.compile.report import NATIVE_FILES
from model_store.compiled import Compile, compile_bundle
from model_store.manifest import LARGEST_FILE, LARGEST_MANIFEST, MANIFEST, Manifest, ManifestError, read_manifest
from model_store.native import compile_native as compile_in_child
from model_store.signing import SigningKey
from model_store.validation import VALIDATION, ValidationSet

BESIDE = {CARD: read_card, VALIDATION: ValidationSet.from_bytes}
"""What a bundle may hold beside its native files, and who refuses it when it is not right."""


def publish_bundle(
    source: Path,
    *,
    name: str,
    version: str,
    artifacts: ArtifactStore,
    metrics: Mapping[str, JsonValue] | None = None,
    key: SigningKey | None = None,
    compile_native: Compile = compile_in_child,
) -> Manifest:
    """Convert the native files in `source` and publish them, with card and validation set, as a version of the model.

    A version is written once and never changed; publishing the same files under it again gives what is there. Raises
    NativeRefusedError, ManifestError, CardError, ValidationSetError, ArtifactsUnreachable, OSError, and
    ArtifactConflict when the version exists with other files, or without the signature that `key` would give.
    """
    if version.startswith(FLAT_VERSION):
        raise ManifestError(f"a version whose name begins with {FLAT_VERSION} is one of files that were not published")
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work, "bundle")
        folder.mkdir()
        for file in (*NATIVE_FILES, *BESIDE):
            if (source / file).exists():
                shutil.copyfile(source / file, folder / file)
        for file, check in BESIDE.items():
            if (folder / file).exists():
                check((folder / file).read_bytes())
        manifest = compile_bundle(folder, compile_native, name=name, version=version, metrics=metrics)
        for file in manifest.files:
            write(artifacts, version_key(manifest, file), (folder / file).read_bytes())
    return _write_manifest(artifacts, manifest, key)


def _write_manifest(artifacts: ArtifactStore, manifest: Manifest, key: SigningKey | None) -> Manifest:
    """The version's manifest: this one, unless an earlier attempt with the same files left one."""
    place = version_key(manifest, MANIFEST)
    if earlier := _read(artifacts, place):
        held = read_manifest(earlier.data)
        if held.files == manifest.files:
            if key and (held.signature is None or held.signature.key_id != key.key_id):
                raise ArtifactConflict(
                    f"version {held.version} of {held.name} is published already, without this key's signature; "
                    "a version never changes: publish it under another name"
                )
            return held
    manifest = key.sign(manifest) if key else manifest
    write(artifacts, place, manifest.to_bytes())
    return manifest


def write(artifacts: ArtifactStore, key: str, data: bytes, over: str | None = None) -> None:
    """Put an object over the one with the etag `over`, or where nothing lies. Raises ArtifactConflict otherwise."""
    try:
        artifacts.put(key, data, if_none_match=over is None, if_match=over)
    except ArtifactConflict:
        # A client that lost the answer to its put repeats it, and meets its own object.
        if artifacts.read(key, LARGEST_FILE).data != data:
            raise


def _read(artifacts: ArtifactStore, key: str) -> Artifact | None:
    try:
        return artifacts.read(key, LARGEST_MANIFEST)
    except ArtifactMissing:
        return None
