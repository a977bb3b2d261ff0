"""Publishing a bundle: versioned objects first, then the one manifest that switches to them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from model_store.artifacts import Artifact, ArtifactConflict, ArtifactMissing, ArtifactStore
from model_store.bundle import version_key
from model_store.compile.report import NATIVE_FILES
from model_store.compiled import Compile, compile_bundle
from model_store.manifest import LARGEST_FILE, LARGEST_MANIFEST, MANIFEST, Manifest, read_manifest
from model_store.native import compile_native as compile_in_child


def publish_bundle(
    source: Path,
    *,
    name: str,
    version: str,
    artifacts: ArtifactStore,
    metrics: Mapping[str, JsonValue] | None = None,
    compile_native: Compile = compile_in_child,
) -> Manifest:
    """Convert the native files in `source` and publish them as a version of the model, which then is the newest.

    A version is written once and never changed: publishing the same files under it again makes it the newest again.
    Raises NativeRefusedError, ManifestError, ArtifactsUnreachable, OSError, and ArtifactConflict when the version
    exists with other files, or when somebody else published the model meanwhile.
    """
    switch = f"{name}/{MANIFEST}"
    before = _read(artifacts, switch)
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work, "bundle")
        folder.mkdir()
        for file in NATIVE_FILES:
            if (source / file).exists():
                shutil.copyfile(source / file, folder / file)
        manifest = compile_bundle(folder, compile_native, name=name, version=version, metrics=metrics)
        for file in manifest.files:
            _write(artifacts, version_key(manifest, file), (folder / file).read_bytes())
    manifest = _write_manifest(artifacts, manifest)
    _write(artifacts, switch, manifest.to_bytes(), over=before)
    return manifest


def _write_manifest(artifacts: ArtifactStore, manifest: Manifest) -> Manifest:
    """The version's manifest: this one, unless an earlier attempt with the same files left one."""
    key = version_key(manifest, MANIFEST)
    if earlier := _read(artifacts, key):
        held = read_manifest(earlier.data)
        if held.files == manifest.files:
            return held
    _write(artifacts, key, manifest.to_bytes())
    return manifest


def _write(artifacts: ArtifactStore, key: str, data: bytes, over: Artifact | None = None) -> None:
    """Put an object where `over` lies, or nothing. Raises ArtifactConflict if something else lies there."""
    try:
        artifacts.put(key, data, if_none_match=over is None, if_match=over.etag if over else None)
    except ArtifactConflict:
        # A client that lost the answer to its put repeats it, and meets its own object.
        if artifacts.read(key, LARGEST_FILE).data != data:
            raise


def _read(artifacts: ArtifactStore, key: str) -> Artifact | None:
    try:
        return artifacts.read(key, LARGEST_MANIFEST)
    except ArtifactMissing:
        return None
