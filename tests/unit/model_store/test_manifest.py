"""A manifest is read strictly: whatever this code cannot vouch for is refused with a reason."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from model_store.manifest import LARGEST_BUNDLE, LARGEST_FILE, MOST_FILES, ManifestError, read_manifest
from scoring.features import Feature
from scoring.scale import ScoreScale

ENTRY = {"sha256": "0" * 64, "bytes": 10}


def plain(**change: object) -> dict[str, Any]:
    return {
        "format": 1,
        "name": "social",
        "version": "2026.1",
        "created_at": "2026-11-22T01:00:00.000000Z",
        "files": {"model.onnx": ENTRY, "model.pkl": ENTRY},
        "features": [{"name": "age", "minimum": 18, "integer": True, "protected": True}, {"name": "income"}],
        "output": "probability_of_default",
        "scale": {"pdo": 20},
        "alone": [0.1, 0.9],
        "reference": {"row": [40, None], "source": "config"},
        "golden": {"rows": [[30, 1.5], [50, None]], "outputs": [0.2, 0.1]},
        "converted": True,
        "not_converted_because": None,
        "parity": 1e-8,
        "framework": "scikit-learn",
        "library_versions": {"scikit-learn": "1.9.1"},
        "notes": ["the scaler scales the features"],
        "metrics": {"auc": 0.77, "confusion": [[1, 2], [3, 4]]},
        "signature": None,
    } | change


def raw(**change: object) -> bytes:
    return json.dumps(plain(**change)).encode()


def test_a_manifest_says_what_a_bundle_is() -> None:
    manifest = read_manifest(raw())
    assert manifest.features[0] == Feature("age", minimum=18.0, integer=True, protected=True)
    assert manifest.scale == ScoreScale(pdo=20.0)
    assert manifest.schema_of_features.names == ("age", "income")
    assert str(manifest.golden_rows[1]) == "(50.0, nan)"


def test_it_is_read_back_as_it_was_written() -> None:
    manifest = read_manifest(raw())
    assert read_manifest(manifest.to_bytes()) == manifest


def test_the_digest_names_the_content_and_not_its_spelling() -> None:
    reordered = json.dumps(dict(reversed(plain().items())), indent=7).encode()
    assert read_manifest(reordered).digest == read_manifest(raw()).digest
    assert read_manifest(raw(metrics={"auc": 0.78})).digest != read_manifest(raw()).digest


def test_without_categories_a_manifest_has_the_digest_and_the_bytes_that_it_always_had() -> None:
    """Both literals were made by the code from before there were categories."""
    manifest = read_manifest(raw())
    assert manifest.digest == "7e8af6e7e7e0fe97cf19310655c03ab6d782368494667c27cef0ccddf3e59e6a"
    written = hashlib.sha256(manifest.to_bytes()).hexdigest()
    assert written == "34cf8fd9d327f218da3e2097e19f3420528ada956931944b80fbadf6ff64f709"


CODED: dict[str, Any] = {
    "features": [{"name": "age"}, {"name": "housing", "required": False, "categories": ["own", "rent"]}],
    "reference": {"row": [40, None], "source": "config"},
    "golden": {"rows": [[30, 1], [50, None]], "outputs": [0.2, 0.1]},
}


def test_categories_are_part_of_a_manifest_and_of_its_digest() -> None:
    manifest = read_manifest(raw(**CODED))
    assert manifest.features[1] == Feature("housing", required=False, categories=("own", "rent"))
    assert read_manifest(manifest.to_bytes()) == manifest
    other = [CODED["features"][0], CODED["features"][1] | {"categories": ["rent", "own"]}]
    assert read_manifest(raw(**CODED | {"features": other})).digest != manifest.digest


def _with(**change: object) -> bytes:
    return raw(**CODED | {"features": [{"name": "age"}, {"name": "housing", **change}]})


def test_a_later_format_is_refused_by_name_whatever_else_it_holds() -> None:
    with pytest.raises(ManifestError, match="its manifest has format 2; this code reads format 1"):
        read_manifest(json.dumps({"format": 2, "engine": "unheard of"}).encode())


WRONG = {
    "empty": (b"", "Invalid JSON"),
    "not JSON": (b"\x80\x04pickle", "Invalid JSON"),
    "a list": (b"[]", "not valid"),
    "deep": (b"[" * 100_000, "Invalid JSON"),
    "unknown key": (raw(engine="x"), "engine"),
    "name with a way out": (raw(name="../social"), "name"),
    "version with a way out": (raw(version="1/../../x"), "version"),
    "version with a dot first": (raw(version=".."), "version"),
    "file with a way out": (raw(files={"model.onnx": ENTRY, "../model.onnx": ENTRY}), "files"),
    "file in a folder": (raw(files={"model.onnx": ENTRY, "a/b": ENTRY}), "files"),
    "file hidden": (raw(files={"model.onnx": ENTRY, ".bashrc": ENTRY}), "files"),
    "file with a new line": (raw(files={"model.onnx": ENTRY, "a\n": ENTRY}), "files"),
    "file that is the manifest": (raw(files={"model.onnx": ENTRY, "manifest.json": ENTRY}), "itself"),
    "file without a digest": (raw(files={"model.onnx": {"sha256": "ab", "bytes": 1}}), "sha256"),
    "file too large": (raw(files={"model.onnx": ENTRY | {"bytes": LARGEST_FILE + 1}}), "bytes"),
    "files too large together": (
        raw(files={f: ENTRY | {"bytes": LARGEST_BUNDLE // 2} for f in ("model.onnx", "a", "b")}),
        "too large together",
    ),
    "too many files": (raw(files={"model.onnx": ENTRY} | {f"f{i}": ENTRY for i in range(MOST_FILES)}), "files"),
    "converted without a graph": (raw(files={"model.pkl": ENTRY}), "model.onnx"),
    "no features": (raw(features=[]), "features"),
    "a feature twice": (raw(features=[{"name": "age"}, {"name": "age"}]), "twice"),
    "a feature without a name": (raw(features=[{"name": "age"}, {"name": ""}]), "usable name"),
    "a feature with a strange name": (raw(features=[{"name": "age"}, {"name": "a\x00"}]), "usable name"),
    "a feature with an unknown key": (raw(features=[{"name": "age", "unit": "y"}, {"name": "b"}]), "unit"),
    "a feature with its ends reversed": (
        raw(features=[{"name": "a", "minimum": 2, "maximum": 1}, {"name": "b"}]),
        "minimum",
    ),
    "no categories": (_with(categories=[]), "1 to 1,000 of them"),
    "too many categories": (_with(categories=[str(index) for index in range(1_001)]), "1 to 1,000 of them"),
    "a category twice": (_with(categories=["a", "b", "a"]), "each must be another"),
    "a category without text": (_with(categories=["a", ""]), "printable characters"),
    "a category with a new line": (_with(categories=["a", "b\n"]), "printable characters"),
    "a category that is a number": (_with(categories=["a", 1]), "categories"),
    "a range beside categories": (_with(categories=["a", "b"], maximum=3), "no number"),
    "a code that no category has": (_with(categories=["a"]), "a code that no category has"),
    "text for a number": (raw(alone=["0", 1]), "alone"),
    "a boolean for a number": (raw(alone=[True, 1]), "alone"),
    "a slope of nothing": (raw(alone=[0, 0]), "slope"),
    "NaN": (raw(parity=float("nan")), "finite"),
    "infinite golden output": (raw(golden={"rows": [[1, 1]], "outputs": [float("inf")]}), "finite"),
    "a NaN among the metrics": (raw(metrics={"auc": float("nan")}), "not finite"),
    "a short golden row": (raw(golden={"rows": [[1]], "outputs": [0.1]}), "2 values"),
    "a long reference": (raw(reference={"row": [1, 2, 3], "source": "config"}), "2 values"),
    "fewer outputs than rows": (raw(golden={"rows": [[1, 2]], "outputs": []}), "differ in number"),
    "no golden rows": (raw(golden={"rows": [], "outputs": []}), "golden"),
    "unknown output": (raw(output="rank"), "output"),
    "unusable scale": (raw(scale={"pdo": 0}), "scale"),
    "a time without an offset": (raw(created_at="2026-11-22T01:00:00"), "created_at"),
    "a signature that nobody can check": (raw(signature="abc"), "signature"),
}


@pytest.mark.parametrize(("document", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_trusted_is_refused_with_a_reason(document: bytes, said: str) -> None:
    with pytest.raises(ManifestError, match=said):
        read_manifest(document)


def test_a_natively_served_bundle_needs_its_native_model() -> None:
    assert read_manifest(raw(converted=False, parity=None)).converted is False
    with pytest.raises(ManifestError, match=r"no model.pt or model.pkl or model.json"):
        read_manifest(raw(converted=False, files={"scaler.joblib": ENTRY}))
