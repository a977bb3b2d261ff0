"""Winners of all five types, published and explained as they are served: the sum of contributions is the output."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laboratory.plan import MODEL_TYPES, ModelType
from laboratory.ports import LabModel
from laboratory.published import PublishedLabModels
from laboratory.tasks.explain import task
from model_store.cache import DiskCache
from model_store.folder import FolderArtifacts
from model_store.native import NativeScorer
from model_store.signing import Trust
from model_store.versioned_models import VersionedModels
from scoring.scale import ScoreScale
from tests.fakes.lab import FakeLabModels
from training.lab.figures import figures
from training.lab.publish import publish
from training.lab.words import Winner

WinnerOf = Callable[[ModelType], Winner]
Laboratory = Mapping[ModelType, LabModel]
BY: dict[ModelType, str] = {
    "logistic_regression": "additive (exact)",
    "xgboost": "trees (exact)",
    "lightgbm": "trees (exact)",
}


@pytest.fixture(scope="module")
def laboratory(winner_of: WinnerOf, tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    """A published model of each type, loaded as a worker loads it."""
    folder = tmp_path_factory.mktemp("laboratory")
    artifacts = FolderArtifacts(folder / "models")
    for each in MODEL_TYPES:
        winner = winner_of(each)
        publish(winner, figures(winner), None, artifacts)
    cache, trust = DiskCache(folder / "cache"), Trust({}, required=False)
    models = PublishedLabModels(artifacts, VersionedModels(artifacts, cache, NativeScorer, ScoreScale(), trust))
    return {each: models.find(each) for each in MODEL_TYPES}


def ask(model: LabModel, customer: int, **body: Any) -> dict[str, Any]:
    """The explanation of one customer of the validation set."""
    rows = model.held_out().rows
    said = model.model.schema.said(rows[customer % len(rows)].tolist())
    features = dict(zip(model.model.schema.names, said, strict=True))
    asked = {"features": features, "model_type": model.model_type, "background": 20, "evaluations": 4_000}
    return task({**asked, **body}, SimpleNamespace(models=FakeLabModels(model)))


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_contributions_of_raw_features_are_the_calibrated_log_odds_as_served(
    laboratory: Laboratory, model_type: ModelType
) -> None:
    @settings(max_examples=8)
    @given(st.integers(0, 10_000), st.integers(0, 100))
    def adds_up(customer: int, seed: int) -> None:
        model = laboratory[model_type]
        answer = ask(model, customer, seed=seed)
        parts = answer["contributions"]
        row = model.held_out().rows[customer % len(model.held_out().rows)]
        total = answer["base_value"] + math.fsum(each["contribution"] for each in parts)
        assert total == pytest.approx(answer["output"], rel=1e-9, abs=1e-12)
        assert answer["output"] == model.model.score([tuple(row.tolist())])[0]
        assert {each["feature"] for each in parts} == set(model.model.schema.names)

    adds_up()


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_where_a_type_has_a_formula_it_is_used(laboratory: Laboratory, model_type: ModelType) -> None:
    answer = ask(laboratory[model_type], 0)
    assert answer["exact"] == (model_type in BY) or answer["computed_by"] == ["enumeration (exact)"]
    assert model_type not in BY or answer["computed_by"] == [BY[model_type]]


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_interactions_add_up_for_every_type(laboratory: Laboratory, model_type: ModelType) -> None:
    answer = ask(laboratory[model_type], 1, scope="interactions")
    total = answer["base_value"] + np.array(answer["matrix"]).sum()
    assert total == pytest.approx(answer["output"], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("model_type", MODEL_TYPES)
@pytest.mark.parametrize(
    "body",
    [
        {"scope": "global", "customers": 20},
        {"method": "lime", "samples": 200, "repeats": 2},
        {"method": "counterfactual", "target_pd": 0.05},
    ],
)
def test_every_method_answers_for_every_type(
    laboratory: Laboratory, model_type: ModelType, body: dict[str, Any]
) -> None:
    answer = ask(laboratory[model_type], 2, plot=True, **body)
    assert answer["model_version"] == laboratory[model_type].version
    assert answer["unit"] == "log-odds of default"
