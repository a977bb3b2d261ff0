"""Numbers, categories and gaps: every kind of file, published, loaded and served as its framework scores."""

from __future__ import annotations

import math
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from model_store.compile.report import LINEAR, ONNX, TREES
from model_store.manifest import Manifest
from model_store.native import NativeScorer, compile_native
from model_store.promotion import promote
from model_store.publish import publish_bundle
from model_store.store import LoadedModels
from routing.ports import Model
from scoring.scale import ScoreScale
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.coded_kinds import KINDS, OPTIONAL, Array, Predict, applicants, compile_here

pytestmark = pytest.mark.filterwarnings("ignore")  # as in the child: what frameworks deprecate is not under test

NAME = "lab_model"
IN_THE_CHILD = ("a line, prepared", "LightGBM")
"""Opened as they are in production; the others in this process, which is the same code and ten times as fast."""


@cache
def served(kind: str) -> tuple[Model, Manifest, Predict]:
    artifacts = MemoryArtifacts()
    compile_by = compile_native if kind in IN_THE_CHILD else compile_here
    with TemporaryDirectory() as folder:
        source = Path(folder, "source")
        source.mkdir()
        predict = KINDS[kind][0](source)
        manifest = publish_bundle(source, name=NAME, version="1", artifacts=artifacts, compile_native=compile_by)
        promote(artifacts, {NAME: "1"}, by="a test")
        models = LoadedModels(
            artifacts,
            [NAME],
            Path(folder, "cache"),
            compile_native=compile_native,
            native_scorer=NativeScorer,
            scale=ScoreScale(),
        )
        with closing(models):
            assert models.refresh()
            return models.get(NAME), manifest, predict


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def rows_of(kind: str, count: int = 400) -> Array:
    return applicants(count, 77, gaps=KINDS[kind][1])


def pds(model: Model, rows: Array) -> Array:
    log_odds: Array = np.array(model.score([tuple(row) for row in rows.tolist()]))
    return 1 / (1 + np.exp(-log_odds))


def test_it_scores_as_its_frameworks_do(kind: str) -> None:
    model, manifest, predict = served(kind)
    rows = rows_of(kind)
    assert (manifest.converted, manifest.not_converted_because) == (True, None)
    assert ONNX in manifest.files
    assert np.abs(pds(model, rows) - predict(rows)).max() <= 1e-6


def test_a_row_alone_scores_as_it_does_among_others_to_the_last_bit(kind: str) -> None:
    model, _, _ = served(kind)
    rows = [tuple(row) for row in rows_of(kind, 150).tolist()]
    assert model.score(rows) == [model.score([row])[0] for row in rows]


def test_its_golden_rows_are_applicants_and_hold_every_category(kind: str) -> None:
    _, manifest, _ = served(kind)
    features = manifest.features
    for row in manifest.golden_rows:
        assert all(math.isnan(value) or feature.holds(value) for feature, value in zip(features, row, strict=True))
    for column, feature in enumerate(features):
        if feature.categories is not None:
            seen = {row[column] for row in manifest.golden_rows if not math.isnan(row[column])}
            assert seen == set(range(len(feature.categories)))
    may_be_missing = [not feature.required for feature in features]
    assert np.isnan(np.array(manifest.golden_rows)).any(axis=0).tolist() == may_be_missing


def test_its_output_is_taken_apart_to_the_last_digit(kind: str) -> None:
    model, manifest, _ = served(kind)
    has_formula = not {LINEAR, TREES}.isdisjoint(manifest.files)
    for row in map(tuple, rows_of(kind, 6).tolist()):
        found = model.attribute(row)
        assert math.fsum([found.base, *found.contributions]) == pytest.approx(model.score([row])[0], abs=1e-9)
        assert found.reference == "the bundle's reference applicant"
        assert not has_formula or found.method in ("trees (exact)", "linear (exact)")
    reference = tuple(math.nan if each is None else each for each in manifest.reference.row)
    assert model.attribute(reference).contributions == (0.0,) * len(reference)


@pytest.mark.parametrize("kind", ["XGBoost", "LightGBM"])
def test_boosted_trees_of_coded_rows_have_a_formula(kind: str) -> None:
    _, manifest, _ = served(kind)
    assert TREES in manifest.files


def test_a_client_speaks_of_categories_and_gaps() -> None:
    model, manifest, predict = served("a line, prepared")
    assert manifest.features == OPTIONAL
    given = {"income": 30_000, "age": 44, "debt": None, "housing": "rent", "purpose": "purpose 3"}
    row = model.schema.row(given, "features.m")
    assert str(row) == str((30_000.0, 44.0, math.nan, math.nan, 1.0, 3.0))
    assert model.schema.said(row) == (30_000.0, 44.0, None, None, "rent", "purpose 3")
    assert pds(model, np.array([row])) == pytest.approx(predict(np.array([row])), abs=1e-6)
