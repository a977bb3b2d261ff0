"""A laboratory model becomes a version of a route's model: the same files, another name, an owner on its card."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from laboratory.published import FACTS
from model_store.artifacts import ArtifactStore
from model_store.bundle import bundle_file
from model_store.card import CARD, ModelCard, read_card
from model_store.compile.report import NATIVE_FILES
from model_store.manifest import Manifest
from model_store.publish import publish_bundle
from model_store.signing import SigningKey, Trust
from model_store.validation import VALIDATION
from training.dataset import TrainingError
from training.publish import version_name
from training.schema import REPLACES_SCHEMA

ADOPTED_FROM: Final = "adopted_from"
"""The key of a manifest's metrics that names the laboratory's version."""
CONFIG: Final = "config.json"


@dataclass(frozen=True, slots=True)
class Words:
    """What the card says from now on, where it is to say something else than the laboratory's."""

    owner: str | None = None
    purpose: str | None = None
    intended_use: str | None = None
    approved_by: str | None = None


def adopt(
    source: Manifest,
    model: str,
    artifacts: ArtifactStore,
    trust: Trust,
    words: Words,
    key: SigningKey | None = None,
    replaces: str | None = None,
) -> Manifest:
    """Publish the files of a laboratory's version as a version of `model`; nothing serves it before its promotion.

    Every file is checked against the manifest, and that against `trust`, before anything of it is opened. `replaces`:
    the digest of the feature schema that it is meant to replace. Raises BundleRefused, TrainingError, CardError,
    NativeRefusedError, ArtifactError, ManifestError, OSError.
    """
    if not isinstance(source.metrics.get(FACTS), dict):
        raise TrainingError(f"{source.name}@{source.version} is no model of the laboratory")
    trust.check(source)
    name = f"{source.name}@{source.version}"
    with tempfile.TemporaryDirectory(prefix="adopted-") as work:
        folder = Path(work)
        for file in (*NATIVE_FILES, CARD, VALIDATION):
            if file in source.files:
                (folder / file).write_bytes(bundle_file(artifacts, source, file))
        card = rewritten(read_card((folder / CARD).read_bytes()), words, name)
        (folder / CARD).write_bytes(card.to_bytes())
        if replaces:
            config = json.loads((folder / CONFIG).read_bytes()) | {REPLACES_SCHEMA: replaces}
            (folder / CONFIG).write_text(json.dumps(config, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        return publish_bundle(
            folder,
            name=model,
            version=version_name(folder, datetime.now(UTC)),
            artifacts=artifacts,
            metrics={**source.metrics, ADOPTED_FROM: name},
            key=key,
        )


def rewritten(card: ModelCard, words: Words, source: str) -> ModelCard:
    """The card with these words. What was measured, and every limit that was found, stays."""
    said = {key: value for key in Words.__dataclass_fields__ if (value := getattr(words, key))}
    limits = (*card.limits, f"Adopted from the laboratory's {source}; its figures are the laboratory's.")
    return ModelCard.model_validate({**card.model_dump(), **said, "limits": limits[-200:]})
