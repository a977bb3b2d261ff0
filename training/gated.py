"""Promotion through the gates: judged, decided, and written into the switches together with what the gates found."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from model_store.artifacts import ArtifactStore
from model_store.cache import DiskCache
from model_store.native import NativeScorer
from model_store.promotion import Promotion, promote
from model_store.signing import Trust
from model_store.versioned_models import VersionedModels
from routing.catalog import ModelVersions
from routing.routes import Routes
from training.gates import GateResult, judge, settle
from training.gates.lineup import line_up
from training.schema import schema_digest


def promote_through_gates(
    artifacts: ArtifactStore,
    versions: Mapping[str, str],
    routes: Routes,
    trust: Trust,
    *,
    by: str,
    reason: str | None = None,
    override: str | None = None,
) -> tuple[Promotion, list[GateResult]]:
    """Promote `versions` (reference -> version) together, if the gates or an override let them.

    Raises GatesRefused with every refusal, and what `judge` and `promote` raise.
    """
    with versions_of(artifacts, routes, trust) as load:
        results = judge(artifacts, versions, routes, load, trust=trust)
    settle(results, override)
    is_needed = any(not each.passed for each in results)
    found = [each.plain() for each in results]
    promotion = promote(
        artifacts, versions, by=by, reason=reason, gates=found, override=override if is_needed else None, trust=trust
    )
    return promotion, results


@contextmanager
def versions_of(artifacts: ArtifactStore, routes: Routes, trust: Trust) -> Iterator[ModelVersions]:
    """The store's versions, loaded as the service loads them, by way of a folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="gates-") as folder:
        yield VersionedModels(artifacts, DiskCache(Path(folder)), NativeScorer, routes.scale, trust)


def champion_schemas(artifacts: ArtifactStore, routes: Routes) -> dict[str, str]:
    """Model -> digest of the feature schema that serves now, for a bundle that is meant to replace it."""
    serving = line_up(artifacts, {}, routes).serving
    return {reference: schema_digest(manifest.features) for reference, manifest in serving.items()}
