"""The three models of routes.toml, small and made in a moment, with the feature names of the demo models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from model_store.artifacts import ArtifactStore
from model_store.native import CompileReport
from model_store.promotion import promote
from model_store.publish import publish_bundle
from scoring.features import Feature
from tests.fakes.bundles import FakeCompiler, model_json

FEATURES: Mapping[str, tuple[str, ...]] = {
    "traditional": (
        "payment_history",
        "credit_utilization",
        "credit_history_length",
        "debt_to_income",
        "savings_buffer",
    ),
    "social": ("residential_stability", "employment_stability", "household_bills"),
    "xgboost": (
        "payment_history",
        "credit_utilization",
        "credit_history_length",
        "debt_to_income",
        "employment_stability",
        "recent_inquiries",
    ),
}


def publish_small_models(artifacts: ArtifactStore) -> None:
    """Publish one version of each, and promote them together."""
    for name in FEATURES:
        publish_version(artifacts, name, "1")
    promote(artifacts, dict.fromkeys(FEATURES, "1"), by="a test")


def publish_version(artifacts: ArtifactStore, name: str, version: str, intercept: float = -2.0) -> None:
    """Publish one version of one of them, which scores the others' way but for its intercept."""
    features = FEATURES[name]
    with TemporaryDirectory() as folder:
        coefficients = [-1.0 if i % 2 else 0.5 for i in range(len(features))]
        Path(folder, "model.json").write_bytes(model_json(*coefficients, intercept=intercept))
        publish_bundle(Path(folder), name=name, version=version, artifacts=artifacts, compile_native=_named(features))


def _named(features: tuple[str, ...]) -> FakeCompiler:
    class Named(FakeCompiler):
        def __call__(self, source: Path, out: Path) -> CompileReport:
            listed = [asdict(Feature(name)) for name in features]
            return replace(super().__call__(source, out), feature_names=list(features), features=listed)

    return Named()
