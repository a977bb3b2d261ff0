"""From verified files to a model that serves: loaded, compared with its golden rows, and warm."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model_store.arrays import ArraysError
from model_store.bundle import BundleRefused
from model_store.cache import Entry
from model_store.closed_forms import ClosedForm, LinearForm, TreesForm
from model_store.compile.report import LINEAR, ONNX, TREES
from model_store.compiled import report_of
from model_store.golden import tolerance
from model_store.manifest import row_of
from model_store.model import BundleModel
from model_store.native import CompileReport, NativeRefusedError
from model_store.onnx_scorer import OnnxScorer, Rows, ScorerError
from scoring.errors import ModelUnavailable
from scoring.scale import ScoreScale

ROOM = 2.0
"""Times the tolerance of the conversion: this machine's processor may round in other places than the publisher's."""
WARM_UP_ROWS = 256


class NativeScoring(Protocol):
    """The framework's own prediction, in a child process: `model_store.native.NativeScorer`."""

    def outputs(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """[N, n] to [N]."""

    def close(self) -> None:
        """End the child."""


NativeScorerFactory = Callable[[Path, CompileReport], NativeScoring]


def load(entry: Entry, native_scorer: NativeScorerFactory, scale: ScoreScale) -> BundleModel:
    """The model of a verified entry; `scale` is for scores whose bundle names none. Raises BundleRefused, OSError.

    The child of a natively served model ends when nothing refers to the model any more.
    """
    if entry.manifest.converted:
        try:
            scorer = OnnxScorer((entry.folder / ONNX).read_bytes(), len(entry.manifest.features))
        except ScorerError as error:
            raise BundleRefused(entry.digest, f"{ONNX}: {error}") from error
        return _proven(entry, scorer.outputs, scale)
    try:
        native = native_scorer(entry.folder, report_of(entry.manifest))
    except NativeRefusedError as error:
        raise BundleRefused(entry.digest, str(error)) from error
    try:
        model = _proven(entry, lambda rows: native.outputs(np.asarray(rows, np.float64)).tolist(), scale)
    except BaseException:
        native.close()
        raise
    # At exit there is nothing to do: the kernel ends a child with its parent.
    weakref.finalize(model, native.close).atexit = False
    return model


def _proven(entry: Entry, outputs: Callable[[Rows], Sequence[float]], scale: ScoreScale) -> BundleModel:
    """The model, after it gave its golden rows their stored outputs and scored a batch."""
    manifest = entry.manifest
    try:
        model = BundleModel(manifest, entry.digest, outputs, scale, _closed_form(entry))
        warm = model.score(list(islice(cycle(manifest.golden_rows), WARM_UP_ROWS)))
        found = list(outputs(manifest.golden_rows))
    except ArraysError as error:
        raise BundleRefused(entry.digest, f"its arrays for attributions: {error}") from error
    except ModelUnavailable as error:
        raise BundleRefused(entry.digest, "it fails on its own golden rows") from error
    stored, allowed = manifest.golden.outputs, ROOM * tolerance(manifest.output, manifest.scale or scale)
    if len(found) != len(stored) or not all(abs(a - b) <= allowed for a, b in zip(found, stored, strict=True)):
        raise BundleRefused(entry.digest, "its golden rows do not get the outputs that its manifest gives")
    if not all(map(math.isfinite, warm)):
        raise BundleRefused(entry.digest, f"a golden row's output is not a {manifest.output.replace('_', ' ')}")
    return model


def _closed_form(entry: Entry) -> ClosedForm | None:
    files, reference = entry.manifest.files, np.array(row_of(entry.manifest.reference.row))
    if LINEAR in files:
        return LinearForm((entry.folder / LINEAR).read_bytes(), reference)
    return TreesForm((entry.folder / TREES).read_bytes(), reference) if TREES in files else None
