"""A loaded bundle in the words of routing.catalog."""

from __future__ import annotations

from model_store.loader import Loaded
from routing.catalog import ModelDescription
from routing.ports import ModelStatus


def description(status: ModelStatus, loaded: Loaded) -> ModelDescription:
    """What the bundle says of itself; every figure is its trainer's."""
    manifest = loaded.manifest
    return ModelDescription(
        status=status,
        features=manifest.features,
        output=manifest.output,
        framework=manifest.framework,
        created_at=manifest.created_at,
        library_versions=manifest.library_versions,
        metrics=manifest.metrics,
        card=loaded.card,
        signed_by=manifest.signature.key_id if manifest.signature else None,
        notes=loaded.notes,
    )
