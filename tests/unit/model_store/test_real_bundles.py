"""The whole way with the frameworks themselves: trained, published or laid flat, opened in the child, served."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import joblib
import numpy as np
import pytest
import xgboost
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from model_store.artifacts import ArtifactStore
from model_store.attribution import Attributor
from model_store.folder import FolderArtifacts
from model_store.model import BundleModel
from model_store.native import NativeScorer, compile_native
from model_store.promotion import promote
from model_store.publish import publish_bundle
from model_store.store import LoadedModels
from scoring.features import Row
from scoring.scale import ScoreScale, log_odds_of

PROJECT = Path(__file__).parents[3]
FEATURES = 4
generator = np.random.default_rng(11)
X = generator.normal(size=(1500, FEATURES)) * [1, 10, 100, 0.1] + [0, 50, 1000, 1]
Y = (generator.random(1500) < 1 / (1 + np.exp(1 - X @ [0.8, 0.05, -0.004, 2]))).astype(int)
WITH_GAPS = np.where(generator.random(X.shape) < 0.1, np.nan, X)
ROWS: list[Row] = [tuple(row) for row in X[:200].tolist()]
ROWS_WITH_GAPS: list[Row] = [tuple(row) for row in WITH_GAPS[:200].tolist()]


@pytest.fixture(scope="module")
def frameworks() -> dict[str, object]:
    scaler = StandardScaler().fit(X)
    return {
        "scaler": scaler,
        "traditional": LogisticRegression().fit(scaler.transform(X), Y),
        "xgboost": xgboost.XGBClassifier(n_estimators=40, max_depth=4, n_jobs=1).fit(WITH_GAPS, Y),
        "dart": xgboost.XGBClassifier(n_estimators=10, max_depth=3, n_jobs=1, booster="dart").fit(X, Y),
    }


@pytest.fixture(scope="module")
def artifacts(frameworks: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> ArtifactStore:
    root = tmp_path_factory.mktemp("artifacts")
    for name in ("traditional", "xgboost", "dart"):
        (root / name).mkdir()
    joblib.dump(frameworks["traditional"], root / "traditional" / "model.pkl")
    joblib.dump(frameworks["scaler"], root / "traditional" / "scaler.joblib")
    for name in ("xgboost", "dart"):
        model = frameworks[name]
        assert isinstance(model, xgboost.XGBClassifier)
        model.save_model(root / name / "model.json")
    store = FolderArtifacts(root)
    published = publish_bundle(root / "xgboost", name="xgboost", version="1", artifacts=store, metrics={"auc": 0.7})
    promote(store, {"xgboost": "1"}, by="a test")
    assert published.converted
    assert "trees.npz" in published.files
    return store


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def models(artifacts: ArtifactStore, cache: Path) -> Iterator[LoadedModels]:
    models = LoadedModels(
        artifacts,
        ["traditional", "xgboost", "dart"],
        cache,
        compile_native=compile_native,
        native_scorer=NativeScorer,
        scale=ScoreScale(),
    )
    for status in models.status():
        assert models.refresh(status.name), models.status()
    yield models
    models.close()


def test_each_is_served_as_it_can_be(models: LoadedModels) -> None:
    assert {status.name: status.served for status in models.status()} == {
        "traditional": "onnx",
        "xgboost": "onnx",
        "dart": "native",
    }


def test_they_score_as_their_frameworks_do(models: LoadedModels, frameworks: dict[str, object]) -> None:
    for name, rows in (
        ("traditional", frameworks["scaler"].transform(X[:200])),  # type: ignore[attr-defined]
        ("xgboost", WITH_GAPS[:200]),
        ("dart", X[:200]),
    ):
        expected = [log_odds_of(float(pd)) for pd in frameworks[name].predict_proba(rows)[:, 1]]  # type: ignore[attr-defined]
        given = ROWS_WITH_GAPS if name == "xgboost" else ROWS
        assert models.get(name).score(given) == pytest.approx(expected, abs=1e-4)
        assert [models.get(name).score([row])[0] for row in given[:20]] == pytest.approx(expected[:20], abs=1e-4)


@pytest.mark.parametrize(("name", "method"), [("traditional", "linear (exact)"), ("xgboost", "trees (exact)")])
def test_a_formula_gives_what_scoring_every_mixture_gives(models: LoadedModels, name: str, method: str) -> None:
    model = models.get(name)
    assert isinstance(model, BundleModel)
    by_scoring = Attributor(model.score, tuple(model._attributor._reference.tolist()), "the same")
    for row in ROWS_WITH_GAPS[:20] if name == "xgboost" else ROWS[:20]:
        found = model.attribute(row)
        assert found.method == method
        assert found.contributions == pytest.approx(by_scoring(row).contributions, abs=1e-4)
        assert found.base + sum(found.contributions) == pytest.approx(model.score([row])[0], abs=1e-12)


def test_a_natively_served_model_is_explained_by_scoring(models: LoadedModels) -> None:
    found = models.get("dart").attribute(ROWS[0])
    assert found.method == "enumeration (exact)"
    assert found.base + sum(found.contributions) == pytest.approx(models.get("dart").score([ROWS[0]])[0], abs=1e-12)


SCORE = """
import json, sys
from pathlib import Path
from model_store.folder import FolderArtifacts
from model_store.model import BundleModel
from model_store.native import NativeScorer, compile_native
from model_store.store import LoadedModels
from scoring.scale import ScoreScale
names = ["traditional", "xgboost", "dart"]
models = LoadedModels(FolderArtifacts(Path(sys.argv[1])), names, Path(sys.argv[2]), compile_native=compile_native,
                      native_scorer=NativeScorer, scale=ScoreScale())
row = (0.5, 50.0, 1000.0, 1.0)
for name in names:
    assert models.refresh(name), models.status()
    models.get(name).score([row])
    models.get(name).attribute(row)
models.close()
heavy = {"torch", "sklearn", "xgboost", "pandas", "joblib", "onnx", "skl2onnx", "scipy"}
print(json.dumps(sorted(heavy & set(sys.modules))))
"""


@pytest.mark.usefixtures("models")
def test_a_process_that_scores_and_explains_imports_no_training_framework(
    artifacts: FolderArtifacts, cache: Path
) -> None:
    command = [sys.executable, "-c", SCORE, str(artifacts._root), str(cache)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=240, check=True)
    assert json.loads(done.stdout) == []
