"""A served model with a validation set, and requests of its own customers or of others."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from evaluation.arrays import Floats
from model_store.artifacts import ArtifactStore
from model_store.native import CompileReport
from model_store.promotion import promote
from model_store.publish import publish_bundle
from model_store.validation import VALIDATION, ValidationSet
from scoring.features import Feature
from tests.fakes.bundles import FakeCompiler, model_json
from tests.fakes.small_models import FEATURES

NAMES = FEATURES["xgboost"]
COEFFICIENTS, INTERCEPT = (-1.0, 0.8, -0.5, 0.6, -0.4, 0.5), -2.0


def customers(n: int, shift: float = 0.0, seed: int = 1) -> Floats:
    """Rows [n, 6] of the model's customers; `shift` moves the first two features."""
    rows = np.random.default_rng(seed).normal(size=(n, len(NAMES)))
    rows[:, :2] += shift
    return rows.round(6)


def publish_validated(artifacts: ArtifactStore, version: str = "2", n: int = 600, held_out: bool = True) -> None:
    """Publish and promote a version of xgboost that says how it was validated."""
    rows = customers(n, seed=99)
    generator = np.random.default_rng(98)
    pds = 1 / (1 + np.exp(-(INTERCEPT + rows @ np.array(COEFFICIENTS))))
    defaulted = (generator.random(n) < pds).astype(float)
    with TemporaryDirectory() as folder:
        Path(folder, "model.json").write_bytes(model_json(*COEFFICIENTS, intercept=INTERCEPT))
        if held_out:
            Path(folder, VALIDATION).write_bytes(ValidationSet(rows, defaulted, {}, "held").to_bytes())
        publish_bundle(Path(folder), name="xgboost", version=version, artifacts=artifacts, compile_native=_Named())
    promote(artifacts, {"xgboost": version}, by="a test")


class _Named(FakeCompiler):
    def __call__(self, source: Path, out: Path) -> CompileReport:
        listed = [asdict(Feature(name)) for name in NAMES]
        return replace(super().__call__(source, out), feature_names=list(NAMES), features=listed)
