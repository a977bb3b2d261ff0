"""A bank with customers, and models of them that are as good, as fair and as whole as a test wants them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration import logistic_line
from model_store.artifacts import ArtifactStore
from model_store.cache import DiskCache
from model_store.card import CARD
from model_store.loading import NativeScorerFactory
from model_store.manifest import Manifest
from model_store.native import CompileReport
from model_store.promotion import promote
from model_store.publish import publish_bundle
from model_store.signing import ANYBODY, SigningKey, Trust
from model_store.validation import VALIDATION, ValidationSet
from model_store.versioned_models import VersionedModels
from routing.routes import Routes, parse
from scoring.features import Feature
from tests.fakes.bundles import FakeCompiler, FakeNativeScorers, model_json
from tests.fakes.cards import card
from training.gates import GateResult, judge

Floats = NDArray[np.float64]
ROUTES = parse("""
[policy]
approve_from = 560
refer_from = 500
[routes.existing]
models = ["first", "second"]
prediction_type = "together"
[routes.existing.fallback]
models = ["single"]
prediction_type = "fallback"
[routes.new]
models = ["single"]
prediction_type = "single"
""")
SEEN = {"first": (0, 1), "second": (1, 2), "single": (0, 1, 2)}
"""Which of the customers' three numbers each model sees."""


class Customers:
    """Three numbers each, the third of which tells the group; who defaulted follows from all three."""

    def __init__(self, count: int = 4_000, seed: int = 1) -> None:
        generator = np.random.default_rng(seed)
        self.rows: Floats = generator.normal(size=(count, 3))
        self.groups = np.array(["x", "y"])[generator.integers(0, 2, count)]
        self.rows[:, 2] += np.where(self.groups == "x", 0.6, -0.6)
        log_odds = -2.2 + self.rows @ np.array([0.9, 0.6, 0.5])
        self.defaulted: Floats = (generator.random(count) < 1 / (1 + np.exp(-log_odds))).astype(float)

    def line(self, *columns: int, width: int = 3) -> tuple[float, list[float]]:
        """(intercept, coefficients) of a calibrated model that looks at these columns only, of `width`."""
        intercept, slopes = logistic_line(self.defaulted, [self.rows[:, column] for column in columns])
        coefficients = [0.0] * width
        for column, slope in zip(columns, slopes, strict=True):
            coefficients[column] = float(slope)
        return intercept, coefficients


LEARNT, HELD = Customers(seed=1), Customers(seed=2)


class Bank:
    """Publishes candidates into `artifacts` and has them judged."""

    def __init__(self, artifacts: ArtifactStore, folder: Path, routes: Routes = ROUTES) -> None:
        self.artifacts, self.routes = artifacts, routes
        self._cache = DiskCache(folder)

    def publish(
        self,
        version: str,
        line: tuple[float, Sequence[float]],
        *,
        name: str = "single",
        held: Customers | None = HELD,
        sample: str = "held",
        sensitive: bool = True,
        files: Mapping[str, bytes] | None = None,
        features: Sequence[Feature] | None = None,
        key: SigningKey | None = None,
        off_by: float = 0.0,
    ) -> Manifest:
        """A version of `name`; a file that `files` gives no bytes is left out."""
        intercept, coefficients = line
        names = [f"f{i}" for i in range(len(coefficients))]
        contents = {
            "model.json": model_json(*coefficients, intercept=intercept, off_by=off_by),
            CARD: card(*(each.name for each in features) if features else names).to_bytes(),
        }
        if held is not None:
            columns = list(SEEN[name])[: len(coefficients)]
            groups = {"group": held.groups} if sensitive else {}
            contents[VALIDATION] = ValidationSet(held.rows[:, columns], held.defaulted, groups, sample).to_bytes()
        contents |= files or {}
        with TemporaryDirectory() as folder:
            for file, data in contents.items():
                if data:
                    Path(folder, file).write_bytes(data)
            return publish_bundle(
                Path(folder),
                name=name,
                version=version,
                artifacts=self.artifacts,
                key=key,
                compile_native=_Named(features) if features else FakeCompiler(),
            )

    def champion(self, version: str, line: tuple[float, Sequence[float]], name: str = "single") -> Manifest:
        """A version that serves."""
        manifest = self.publish(version, line, name=name)
        promote(self.artifacts, {name: version}, by="test")
        return manifest

    def judge(
        self, *, trust: Trust = ANYBODY, native_scorer: NativeScorerFactory | None = None, **versions: str
    ) -> list[GateResult]:
        """What the gates say of promoting these; `a__b` stands for `a@b`."""
        scorers = native_scorer or FakeNativeScorers()
        load = VersionedModels(self.artifacts, self._cache, scorers, self.routes.scale, trust)
        targets = {reference.replace("__", "@"): version for reference, version in versions.items()}
        return judge(self.artifacts, targets, self.routes, load, trust=trust, native_scorer=scorers)


def refused(results: Sequence[GateResult]) -> dict[str, str]:
    """Gate -> reason of each that refuses."""
    return {each.gate: each.reason for each in results if not each.passed}


def config(**said: object) -> bytes:
    """config.json."""
    return json.dumps(said).encode()


class _Named(FakeCompiler):
    def __init__(self, features: Sequence[Feature]) -> None:
        super().__init__()
        self._features = features

    def __call__(self, source: Path, out: Path) -> CompileReport:
        names, listed = [each.name for each in self._features], [asdict(each) for each in self._features]
        return replace(super().__call__(source, out), feature_names=names, features=listed)
