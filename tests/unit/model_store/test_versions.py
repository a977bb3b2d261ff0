"""Old versions are listed and read as they lie in the store."""

from __future__ import annotations

import pytest

from model_store.artifacts import ArtifactMissing
from model_store.bundle import BundleRefused
from model_store.switch import Target
from model_store.versions import is_retired, manifest_of, read_version, version_names, versions
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.manifests import manifest

NAME = "social"


def test_versions_are_listed_newest_first_and_what_is_none_is_left_out() -> None:
    store = MemoryArtifacts()
    for version, day in (("b", 3), ("a", 1), ("c", 2)):
        made = manifest(NAME, version, created_at=f"2026-11-0{day}T00:00:00.000000Z")
        store.objects[f"{NAME}/versions/{version}/manifest.json"] = made.to_bytes()
        store.objects[f"{NAME}/versions/{version}/model.onnx"] = b"x"
    store.objects[f"{NAME}/versions/bad/manifest.json"] = b"{}"
    store.objects[f"{NAME}/versions/half/model.onnx"] = b"x"
    assert version_names(store, NAME) == ["a", "b", "bad", "c"]
    assert [each.version for each in versions(store, NAME)] == ["b", "c", "a"]
    assert versions(store, "nobody") == []
    with pytest.raises(BundleRefused):
        read_version(store, NAME, "bad")
    with pytest.raises(ArtifactMissing, match="no version half of social"):
        read_version(store, NAME, "half")
    assert not is_retired(store, NAME, "a")


def test_what_serves_is_never_another_version_that_was_put_in_its_place() -> None:
    store, promoted = MemoryArtifacts(), manifest(NAME, "1")
    target = Target(NAME, "1", promoted.digest, "a promotion", None)
    store.objects[f"{NAME}/versions/1/manifest.json"] = promoted.to_bytes()
    assert manifest_of(store, target) == promoted
    store.objects[f"{NAME}/versions/1/manifest.json"] = manifest(NAME, "1", framework="another").to_bytes()
    with pytest.raises(BundleRefused, match="not what it was when it was promoted") as refused:
        manifest_of(store, target)
    assert refused.value.digest == promoted.digest
