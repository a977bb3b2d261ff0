"""Gates that run the bundle: its golden rows, and what is served beside what its training framework says."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from evaluation.arrays import Floats
from model_store.artifacts import ArtifactStore
from model_store.bundle import BundleRefused, bundle_file
from model_store.compile.report import MODEL_FILES, NATIVE_FILES, ONNX
from model_store.compiled import report_of
from model_store.golden import tolerance
from model_store.loading import ROOM, NativeScorerFactory
from model_store.manifest import Manifest
from model_store.native import NativeRefusedError, NativeUnavailableError
from model_store.onnx_scorer import OnnxScorer, ScorerError
from scoring.scale import ScoreScale
from training.gates.examiner import ROWS_AT_ONCE, Examiner
from training.gates.lineup import Candidate
from training.gates.result import CannotJudge, GateResult


def golden_rows(examiner: Examiner, candidate: Candidate) -> GateResult:
    """The bundle loads as it would to serve: every file verified, every golden row with its stored output."""
    try:
        examiner.model(candidate.manifest)
    except CannotJudge as error:
        return GateResult("golden_rows", candidate.reference, passed=False, reason=f"it does not load: {error}")
    count = len(candidate.manifest.golden.rows)
    told = f"it loads, and all {count} golden rows get the outputs that its manifest gives"
    return GateResult("golden_rows", candidate.reference, passed=True, reason=told, figures={"rows": count})


def parity(
    artifacts: ArtifactStore,
    examiner: Examiner,
    candidate: Candidate,
    native_scorer: NativeScorerFactory,
    scale: ScoreScale,
) -> GateResult:
    """What is served is what the training framework says, on the whole validation set.

    The framework runs again, in the child, where the bundle holds its native files; else the difference that was found
    when it was published counts.
    """
    manifest, reference = candidate.manifest, candidate.reference
    allowed = ROOM * tolerance(manifest.output, manifest.scale or scale)
    if not manifest.converted:
        return GateResult("parity", reference, passed=True, reason="its own framework serves it: nothing to compare")
    if not any(file in manifest.files for file in MODEL_FILES):
        found, rows, where = manifest.parity or 0.0, len(manifest.golden.rows), "golden rows when it was published"
    else:
        given, where = _rows(examiner, manifest)
        rows = len(given)
        try:
            gaps = np.abs(_served(artifacts, manifest, given) - _native(artifacts, manifest, given, native_scorer))
        except (BundleRefused, ScorerError, NativeRefusedError, NativeUnavailableError, OSError) as error:
            return GateResult("parity", reference, passed=False, reason=f"it could not be run again: {error}")
        found = float(np.nan_to_num(gaps, nan=np.inf).max())
    passed = found <= allowed
    told = f"{ONNX} differs from the framework by at most {found:.2g} on {rows} {where}; allowed {allowed:.2g}"
    figures = {"difference": found if np.isfinite(found) else None, "allowed": allowed, "rows": rows}
    return GateResult("parity", reference, passed, told, figures)


def _rows(examiner: Examiner, manifest: Manifest) -> tuple[Floats, str]:
    try:
        return examiner.held(manifest).rows, "customers of the validation set"
    except CannotJudge:
        return np.array(manifest.golden_rows), "golden rows"


def _served(artifacts: ArtifactStore, manifest: Manifest, rows: Floats) -> Floats:
    graph = bundle_file(artifacts, manifest, ONNX)
    return np.array(OnnxScorer(graph, len(manifest.features)).outputs(rows))


def _native(artifacts: ArtifactStore, manifest: Manifest, rows: Floats, native_scorer: NativeScorerFactory) -> Floats:
    with tempfile.TemporaryDirectory(prefix="parity-") as folder:
        for name in manifest.files.keys() & NATIVE_FILES:
            (Path(folder) / name).write_bytes(bundle_file(artifacts, manifest, name))
        scorer = native_scorer(Path(folder), report_of(manifest))
    try:
        parts = [scorer.outputs(rows[start : start + ROWS_AT_ONCE]) for start in range(0, len(rows), ROWS_AT_ONCE)]
    finally:
        scorer.close()
    return np.concatenate(parts)
