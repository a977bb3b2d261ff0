"""Promotion through the gates: judged, decided, and written into the switches together with what the gates found."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from model_store.artifacts import ArtifactConflict, ArtifactStore
from model_store.cache import DiskCache
from model_store.native import NativeScorer
from model_store.promotion import Promotion, promote
from model_store.signing import Trust
from model_store.switches import read_switches
from model_store.versioned_models import VersionedModels
from routing.catalog import ModelVersions
from routing.routes import Routes, base_of
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

    Raises GatesRefused with every refusal, ArtifactConflict when what they were judged beside changed meanwhile, and
    what `judge` and `promote` raise.
    """
    beside = {*routes.model_names(), *versions, *map(base_of, versions)}
    before = _newest(artifacts, beside)
    with versions_of(artifacts, routes, trust) as load:
        results = judge(artifacts, versions, routes, load, trust=trust)
    settle(results, override)
    is_needed = any(not each.passed for each in results)
    found = [each.plain() for each in results]
    after = _newest(artifacts, beside)
    if changed := sorted(each for each in beside if after[each] != before[each]):
        told = f"{', '.join(changed)}: promoted by another while the gates were asked; look at it, then try again"
        raise ArtifactConflict(told)
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


def _newest(artifacts: ArtifactStore, references: Iterable[str]) -> dict[str, str | None]:
    """Reference -> the promotion that its switch went through last."""
    switches = read_switches(artifacts, references)
    return {reference: switch.history[-1].promotion if switch else None for reference, switch in switches.items()}
