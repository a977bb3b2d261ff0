"""A published version, looked at as closely as a worker does before it serves it, and at what no worker opens."""

from __future__ import annotations

import tempfile
from pathlib import Path

from model_store.artifacts import ArtifactStore
from model_store.bundle import BundleRefused, Published
from model_store.cache import Entry
from model_store.card import CARD, CardError, read_card
from model_store.loading import NativeScorerFactory, load
from model_store.manifest import Manifest
from model_store.signing import Trust
from model_store.validation import VALIDATION, ValidationSet, ValidationSetError
from model_store.versions import read_version
from scoring.scale import ScoreScale


def verify_version(
    artifacts: ArtifactStore,
    name: str,
    version: str,
    trust: Trust,
    native_scorer: NativeScorerFactory,
    scale: ScoreScale,
) -> Manifest:
    """The manifest, after signature, every file, golden rows, card and validation set were found right.

    Nothing is opened before signature and digests are checked. Raises BundleRefused, ArtifactMissing,
    ArtifactsUnreachable, OSError.
    """
    manifest = read_version(artifacts, name, version)
    trust.check(manifest)
    with tempfile.TemporaryDirectory(prefix="verify-") as folder:
        files = Path(folder)
        Published(artifacts, manifest).fill(files)
        try:
            if CARD in manifest.files:
                read_card((files / CARD).read_bytes())
            if VALIDATION in manifest.files:
                ValidationSet.from_bytes((files / VALIDATION).read_bytes())
        except (CardError, ValidationSetError) as error:
            raise BundleRefused(manifest.digest, str(error)) from error
        load(Entry(manifest.digest, files, manifest), native_scorer, scale)
    return manifest
