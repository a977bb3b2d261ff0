"""A winner into the model store: published as the newest of its type, or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from laboratory.plan import bundle_name
from laboratory.published import FACTS
from model_store.artifacts import ArtifactStore
from model_store.manifest import Manifest
from model_store.publish import publish_bundle
from model_store.signing import SigningKey
from training.lab.bundle import write_bundle
from training.lab.figures import Figures
from training.lab.words import Winner
from training.publish import version_name


def publish(
    winner: Winner, figures: Figures, run_id: str | None, artifacts: ArtifactStore, key: SigningKey | None = None
) -> Manifest:
    """Convert a winner and publish it under `lab_<model type>`, signed with `key` if there is one.

    Its files come first and its manifest last: whatever ends it half-way leaves no version behind. `run_id`: the run
    that tells how it came about. Raises NativeRefusedError, ArtifactError, ManifestError, CardError,
    ValidationSetError, OSError.
    """
    with tempfile.TemporaryDirectory(prefix="winner-") as work:
        folder = Path(work)
        digest = write_bundle(winner, figures, folder)
        return publish_bundle(
            folder,
            name=bundle_name(winner.plan.model_type),
            version=version_name(folder, datetime.now(UTC)),
            artifacts=artifacts,
            metrics={FACTS: facts(winner, run_id, digest), **figures.metrics},
            key=key,
        )


def files_digest(manifest: Manifest) -> str | None:
    """SHA-256 (hexadecimal) of the model's own files: the same for two trainings of one plan on one table."""
    said = manifest.metrics.get(FACTS)
    digest = said.get("files_digest") if isinstance(said, dict) else None
    return digest if isinstance(digest, str) else None


def facts(winner: Winner, run_id: str | None, digest: str) -> dict[str, JsonValue]:
    """What the manifest says of how the model was made. `digest`: of its own files, without time and card."""
    plan, table = winner.plan, winner.table
    settings: Mapping[str, JsonValue] = dict(winner.hyperparameters)
    return {
        "model_type": plan.model_type,
        "experiment": plan.experiment,
        "run_id": run_id,
        "target": plan.target,
        "default_value": plan.default_value,
        "threshold": float(winner.threshold),
        "data": table.name,
        "data_digest": table.digest,
        "rows": len(table.defaulted),
        "hyperparameters": dict(settings),
        "balance": plan.balance,
        "seed": plan.seed,
        "cost": {"false_negative": plan.cost.false_negative, "false_positive": plan.cost.false_positive},
        "files_digest": digest,
    }
