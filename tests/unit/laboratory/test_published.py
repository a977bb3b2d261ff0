"""Which of the laboratory's models is meant, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from laboratory.ports import UnknownLabModel
from laboratory.published import PublishedLabModels
from model_store.artifacts import ArtifactStore
from model_store.cache import DiskCache
from model_store.native import NativeScorer
from model_store.signing import ANYBODY
from model_store.versioned_models import VersionedModels
from scoring.errors import ModelUnavailable
from scoring.scale import ScoreScale
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.small_applications import publish_small_applications


@pytest.fixture(scope="module")
def store() -> MemoryArtifacts:
    artifacts = MemoryArtifacts()
    publish_small_applications(artifacts)
    return artifacts


def models(artifacts: ArtifactStore, folder: Path) -> PublishedLabModels:
    versions = VersionedModels(artifacts, DiskCache(folder), NativeScorer, ScoreScale(), ANYBODY)
    return PublishedLabModels(artifacts, versions)


def test_a_model_comes_with_its_threshold_its_facts_and_the_customers_it_was_held_to(
    store: MemoryArtifacts, tmp_path: Path
) -> None:
    found = models(store, tmp_path).find("xgboost")
    assert (found.version, found.threshold, found.facts["experiment"]) == ("1", 0.3, "small")
    assert found.reference["home_ownership"] in ("mortgage", "own", "rent")
    held = found.held_out()
    assert len(held.rows) == len(held.defaulted) == 300
    assert found.trees() is not None
    assert len(found.model.score([tuple(row) for row in held.rows[:3].tolist()])) == 3


def test_another_version_experiment_or_type_is_not_known(store: MemoryArtifacts, tmp_path: Path) -> None:
    lab = models(store, tmp_path)
    assert lab.find("xgboost", "1", None).version == lab.find("xgboost", None, "small").version
    for kind, version, experiment in (("xgboost", "2", None), ("xgboost", None, "other"), ("dnn", None, None)):
        with pytest.raises(UnknownLabModel):
            lab.find(kind, version, experiment)  # type: ignore[arg-type]  # text of a request


def test_a_newer_version_that_cannot_be_read_or_was_withdrawn_is_passed_over(
    store: MemoryArtifacts, tmp_path: Path
) -> None:
    store.put("lab_xgboost/versions/9/manifest.json", b"{}")
    store.put("lab_xgboost/versions/8/manifest.json", b"{}")
    store.put("lab_xgboost/versions/8/retired.json", b"{}")
    assert models(store, tmp_path).find("xgboost").version == "1"


def test_a_version_that_is_named_and_cannot_be_read_is_out_of_reach(store: MemoryArtifacts, tmp_path: Path) -> None:
    store.put("lab_xgboost/versions/7/manifest.json", b"{}")
    with pytest.raises(ModelUnavailable, match="version 7 was refused"):
        models(store, tmp_path).find("xgboost", "7")
