"""Two versions side by side: what changed is said, and what did not is not."""

from __future__ import annotations

from model_store.differences import differences, said_of
from model_store.manifest import Manifest
from scoring.features import Feature
from tests.fakes.manifests import manifest


def found(before: Manifest, after: Manifest) -> dict[str, tuple[str, str]]:
    return {each.what: (each.before, each.after) for each in differences(before, after)}


def test_another_name_of_the_same_is_no_difference() -> None:
    assert found(manifest(version="1"), manifest(version="2", created_at="2026-11-23T00:00:00.000000Z")) == {}


def test_features_that_came_went_moved_or_changed_are_told() -> None:
    features = [{"name": "income", "minimum": 0}, {"name": "debt"}]
    assert found(manifest(), manifest(features=features)) == {
        "features order": ("age, income", "income, debt"),
        "feature age": ("required", "-"),
        "feature income": ("required", "minimum 0.0, required"),
        "feature debt": ("-", "required"),
    }


def test_figures_files_and_libraries_are_set_against_each_other() -> None:
    before = manifest(metrics={"auc": 0.71234567, "rows": 10})
    after = manifest(
        metrics={"auc": 0.8},
        files={"model.onnx": {"sha256": "1" * 64, "bytes": 12}},
        library_versions={"made-up": "2"},
        framework="another",
        output="logit",
    )
    assert found(before, after) == {
        "output": ("probability_of_default", "logit"),
        "framework": ("made-up", "another"),
        "metric auc": ("0.712346", "0.8"),
        "metric rows": ("10", "-"),
        "library made-up": ("1", "2"),
        "file model.onnx": ("000000000000 (10 bytes)", "111111111111 (12 bytes)"),
    }


def test_golden_rows_say_how_far_the_outputs_moved() -> None:
    moved = manifest(golden={"rows": [[30, 1.5], [50, None]], "outputs": [0.2, 0.15]})
    assert found(manifest(), moved) == {"golden rows": ("the same rows", "outputs moved by up to 0.05")}
    other = manifest(golden={"rows": [[31, 1.5]], "outputs": [0.2]})
    assert found(manifest(), other) == {"golden rows": ("2 rows", "1 other rows")}


def test_a_feature_is_described_by_what_holds_for_it() -> None:
    feature = Feature("age", minimum=18, integer=True, protected=True, reason="Age")
    assert said_of(feature) == 'minimum 18, integer, required, protected, reason "Age"'
    assert said_of(Feature("x", required=False)) == "any number"
