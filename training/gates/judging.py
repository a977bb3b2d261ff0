"""All gates of one promotion."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from model_store.artifacts import ArtifactStore
from model_store.loading import NativeScorerFactory
from model_store.native import NativeScorer
from model_store.signing import ANYBODY, Trust
from routing.catalog import ModelVersions
from routing.routes import Routes
from training.gates import documents, running
from training.gates.examiner import Examiner
from training.gates.lineup import Candidate, cases, line_up
from training.gates.result import GateResult
from training.gates.team import teams
from training.gates.together import of_route
from training.gates.versus import against_champion
from training.thresholds import Thresholds

LIMITS: Final = Thresholds()
AT_ONCE: Final = 2
"""Training frameworks that run side by side, each in a process of its own."""


def judge(
    artifacts: ArtifactStore,
    versions: Mapping[str, str],
    routes: Routes,
    load: ModelVersions,
    *,
    trust: Trust = ANYBODY,
    native_scorer: NativeScorerFactory = NativeScorer,
    limits: Thresholds = LIMITS,
) -> list[GateResult]:
    """What every gate finds on promoting `versions` (reference -> version) together; nothing is changed.

    First the gates of each model, then those of each route that the promotion changes. Raises ArtifactMissing for a
    version that is not there, BundleRefused for an unusable manifest or switch, ArtifactsUnreachable, OSError.
    """
    lineup = line_up(artifacts, versions, routes)
    examiner = Examiner(artifacts, load)
    golden = {each.reference: running.golden_rows(examiner, each) for each in lineup.candidates.values()}
    run_again = partial(_parity, artifacts, examiner, native_scorer, routes)
    results: list[GateResult] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for candidate, parity in zip(
            lineup.candidates.values(), pool.map(run_again, lineup.candidates.values()), strict=True
        ):
            results += [
                documents.retired(artifacts, candidate),
                documents.signature(candidate, trust),
                documents.card(artifacts, candidate),
                documents.schema(artifacts, candidate),
                golden[candidate.reference],
                parity,
                *against_champion(examiner, candidate, limits),
            ]
    for case in cases(routes, lineup):
        for team in teams(case, lineup, examiner):
            results += of_route(team, examiner, routes, limits)
    return results


def _parity(
    artifacts: ArtifactStore,
    examiner: Examiner,
    native_scorer: NativeScorerFactory,
    routes: Routes,
    candidate: Candidate,
) -> GateResult:
    return running.parity(artifacts, examiner, candidate, native_scorer, routes.scale)
