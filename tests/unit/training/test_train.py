"""A small population through the whole of training, once for all tests of this file."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluation.arrays import Floats
from scoring.features import Feature
from tests.fakes.routes import ROUTES
from training import native, pipeline
from training.dataset import Dataset, Inputs, Shares, TrainingError, split
from training.demo import best_auc
from training.fitted import Lesson
from training.measures import table
from training.population import population
from training.schema import REPLACES_SCHEMA
from training.train import Trained, train

SEED = 4
DRAWN = population(6_000, SEED)


def trained_now() -> Trained:
    return train(DRAWN.dataset, ROUTES, seed=SEED, shares=Shares(), say=lambda _: None)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return trained_now()


@pytest.fixture(scope="module")
def written(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("native")
    native.write_all(trained, folder, {"best": 1})
    return folder


def contents_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def config(folder: Path, model: str) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads((folder / model / "config.json").read_text())
    return plain


def test_the_same_data_and_seed_make_the_same_files(written: Path, tmp_path: Path) -> None:
    native.write_all(trained_now(), tmp_path, {"best": 1})
    for model in ("traditional", "social", "xgboost"):
        assert contents_of(tmp_path / model) == contents_of(written / model), model


def test_each_model_leaves_the_files_that_the_store_opens(written: Path) -> None:
    files = {folder.name: {file.name for file in folder.iterdir()} for folder in written.iterdir() if folder.is_dir()}
    assert files == {
        "traditional": {"model.pt", "scaler.joblib", "config.json"},
        "social": {"model.pkl", "config.json"},
        "xgboost": {"model.json", "config.json"},
    }


@pytest.mark.parametrize("model", ["traditional", "social", "xgboost"])
def test_config_declares_the_features_and_both_lines(trained: Trained, written: Path, model: str) -> None:
    said = config(written, model)
    assert [Feature(**each) for each in said["features"]] == list(DRAWN.dataset.inputs[model].features)
    assert said["feature_names"] == DRAWN.dataset.inputs[model].names
    assert len(said["reference"]) == said["input_size"]
    assert said["calibration"]["slope"] > 0
    assert (said["alone"] == {"intercept": 0.0, "slope": 1.0}) == (model == "xgboost")


def test_a_migration_of_the_schema_is_declared_in_config(trained: Trained, tmp_path: Path) -> None:
    native.write_all(trained, tmp_path, {}, {"social": "0" * 64})
    assert config(tmp_path, "social")[REPLACES_SCHEMA] == "0" * 64
    assert REPLACES_SCHEMA not in config(tmp_path, "xgboost")


def test_every_route_beats_its_models_and_no_model_beats_the_generator(trained: Trained) -> None:
    models, routes = trained.measured.models, trained.measured.routes
    best = best_auc(DRAWN, trained.parts.test)
    assert routes["existing"]["auc"] > max(models["traditional"]["auc"], models["social"]["auc"]) - 0.01
    assert all(0.65 < each["auc"] < best for each in (*models.values(), *routes.values()))


def test_both_routes_are_calibrated_on_customers_never_seen(trained: Trained) -> None:
    fresh = population(20_000, SEED + 1).dataset

    def served(name: str) -> Floats:
        model = trained.models[name]
        return model.calibration.served(model.fitted.log_odds(fresh.inputs[name].rows))

    from training.measures import measure

    existing, new = (served("traditional") + served("social")) / 2, served("xgboost")
    figures = measure(fresh.defaulted, {}, {"existing": existing, "new": new})
    assert figures.pooled["expected_calibration_error"] < 0.02
    for route in figures.routes.values():
        assert route["calibration_slope"] == pytest.approx(1, abs=0.2)


def test_metrics_and_the_rows_they_were_measured_on_are_kept(trained: Trained, written: Path) -> None:
    metrics = json.loads((written / "metrics.json").read_text())
    assert metrics["best"] == 1
    assert metrics["routes"]["new"]["auc"] == trained.measured.routes["new"]["auc"]
    assert json.loads((written / "held_out.json").read_text()) == trained.parts.test.tolist()


def test_the_table_has_a_line_for_each_model_each_route_and_all_together(trained: Trained) -> None:
    lines = list(table(trained.measured))
    assert [line[:24].strip() for line in lines[1:]] == [
        "model traditional", "model social", "model xgboost", "route existing", "route new", "all routes"
    ]  # fmt: skip
    assert f"{trained.measured.pooled['auc']:.4f}" in lines[-1]


def test_routes_that_ask_for_an_unknown_model_are_refused() -> None:
    from routing.routes import parse

    text = '[routes.existing]\nmodels = ["fourth"]\nprediction_type = "a"\n'
    routes = parse(text + '[routes.new]\nmodels = ["xgboost"]\nprediction_type = "b"\n')
    with pytest.raises(TrainingError, match="ask for fourth; only traditional, social, xgboost"):
        train(DRAWN.dataset, routes, seed=1, shares=Shares(), say=lambda _: None)


def test_a_model_that_only_a_fallback_asks_for_is_refused_before_anything_is_trained() -> None:
    from routing.routes import parse

    existing = '[routes.existing]\nmodels = ["traditional"]\nprediction_type = "a"\n'
    fallback = '[routes.existing.fallback]\nmodels = ["xgboost"]\nprediction_type = "b"\n'
    routes = parse(existing + fallback + '[routes.new]\nmodels = ["social"]\nprediction_type = "c"\n')
    with pytest.raises(TrainingError, match="only a fallback asks for xgboost"):
        train(DRAWN.dataset, routes, seed=1, shares=Shares(), say=lambda _: None)


def untidy(seed: int = 1) -> Dataset:
    """Codes whose order means nothing, and a fifth of all values missing."""
    generator = np.random.default_rng(seed)
    codes = generator.integers(1, 5, 4_000).astype(float)
    amounts = generator.lognormal(8, 2, 4_000)
    log_odds = np.array([-2.0, 1.0, -2.0, 1.0])[codes.astype(int) - 1] - 0.5 * (np.log(amounts) - 8)
    rows = np.column_stack([codes, amounts])
    rows[generator.random(rows.shape) < 0.2] = np.nan
    inputs = Inputs((Feature("code", required=False), Feature("amount", required=False)), rows, frozenset({"code"}))
    defaulted = (generator.random(4_000) < 1 / (1 + np.exp(-log_odds))).astype(float)
    return Dataset(dict.fromkeys(("traditional", "social", "xgboost"), inputs), defaulted)


def test_missing_values_codes_and_skewed_amounts_are_learnt_from_by_every_model() -> None:
    measured = train(untidy(), ROUTES, seed=1, shares=Shares(), say=lambda _: None).measured
    assert all(figures["auc"] > 0.75 for figures in measured.models.values())


def test_a_line_is_kept_where_trees_are_no_better() -> None:
    lesson = Lesson.of(DRAWN.dataset, "social", split(DRAWN.dataset.defaulted, Shares(), SEED), SEED)
    assert pipeline.fit(lesson).summary.endswith("LogisticRegression")


def test_small_trees_are_kept_where_an_effect_turns() -> None:
    generator = np.random.default_rng(2)
    age = generator.uniform(-1, 1, (4_000, 1))
    defaulted = (generator.random(4_000) < np.where(np.abs(age[:, 0]) > 0.5, 0.6, 0.1)).astype(float)
    dataset = Dataset({"social": Inputs((Feature("age"),), age)}, defaulted)
    fitted = pipeline.fit(Lesson.of(dataset, "social", split(defaulted, Shares(), 1), 1))
    assert fitted.summary.endswith("HistGradientBoostingClassifier")


def test_the_pipeline_is_a_plain_pickle_of_scikit_learn(written: Path) -> None:
    import joblib

    pipeline_read = joblib.load(written / "social/model.pkl")
    assert pipeline_read.classes_.tolist() == [0.0, 1.0]
    assert b"training" not in pickle.dumps(pipeline_read)  # nothing of this project is needed to open it
