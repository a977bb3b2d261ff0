"""Putting trained models where the service finds them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from model_store.artifacts import ArtifactMissing, ArtifactStore
from model_store.bundle import BundleRefused
from model_store.compile.report import MODEL_FILES
from model_store.manifest import MANIFEST
from model_store.publish import publish_bundle
from model_store.signing import SigningKey
from model_store.switch import read_switch

DEMO: Mapping[str, JsonValue] = {"customers": "synthetic"}
"""What the figures of a demo model say beside its measures."""
AT_ONCE = 2
"""Conversions that run side by side, each in a process with a framework of its own in memory."""


def is_present(artifacts: ArtifactStore, model: str) -> bool:
    """Whether the store holds a model of that name, published or put there. Raises ArtifactsUnreachable."""
    for file in (MANIFEST, *MODEL_FILES):
        try:
            artifacts.etag(f"{model}/{file}")
        except ArtifactMissing:
            continue
        return True
    return False


def is_demo(artifacts: ArtifactStore, model: str) -> bool:
    """Whether the version of a model that was promoted last is a demo. Raises ArtifactsUnreachable."""
    try:
        switch, _ = read_switch(artifacts, model)
    except (ArtifactMissing, BundleRefused):
        return False
    return switch.manifest.metrics.items() >= DEMO.items()


def publish_all(
    folder: Path,
    metrics: Mapping[str, Mapping[str, JsonValue]],
    artifacts: ArtifactStore,
    say: Callable[[str], None],
    key: SigningKey | None = None,
) -> dict[str, str]:
    """Publish `folder`/<model> of every model in `metrics`, with its figures; model -> version.

    A version is named by the time and the start of the files' digest. Nothing is promoted. Raises NativeRefusedError,
    ArtifactError, ManifestError.
    """
    now = datetime.now(UTC)

    def publish(model: str) -> tuple[str, str]:
        version = version_name(folder / model, now)
        publish_bundle(
            folder / model, name=model, version=version, artifacts=artifacts, metrics=metrics[model], key=key
        )
        return model, version

    together = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for model, version in pool.map(publish, metrics):
            say(f"{model}: published version {version}")
            together[model] = version
    return together


def version_name(folder: Path, now: datetime) -> str:
    """What a version made of a folder's files is called: the time, and the start of their digest. OSError."""
    return f"{now:%Y%m%dT%H%M%SZ}-{_digest_of(folder)[:8]}"


def _digest_of(folder: Path) -> str:
    """SHA-256 (hexadecimal) of the names and bytes of a folder's files. OSError."""
    files = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir() if file.is_file()}
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
