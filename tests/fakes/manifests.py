"""Manifests of bundles that nobody trained."""

from __future__ import annotations

import json

from model_store.manifest import Manifest, read_manifest


def manifest(name: str = "social", version: str = "1", **change: object) -> Manifest:
    """A manifest with two features; another version has another digest."""
    plain = {
        "format": 1,
        "name": name,
        "version": version,
        "created_at": "2026-11-22T01:00:00.000000Z",
        "files": {"model.onnx": {"sha256": "0" * 64, "bytes": 10}},
        "features": [{"name": "age"}, {"name": "income"}],
        "output": "probability_of_default",
        "scale": None,
        "alone": [0.0, 1.0],
        "reference": {"row": [40, None], "source": "config"},
        "golden": {"rows": [[30, 1.5], [50, None]], "outputs": [0.2, 0.1]},
        "converted": True,
        "not_converted_because": None,
        "parity": 1e-8,
        "framework": "made-up",
        "library_versions": {"made-up": "1"},
        "notes": [],
        "metrics": {},
        "signature": None,
    } | change
    return read_manifest(json.dumps(plain).encode())
