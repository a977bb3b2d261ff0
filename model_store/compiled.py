"""From a folder of native files to a whole bundle: conversion in the child, then the manifest."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from model_store.files import TEMPORARY, sha256_of
from model_store.manifest import FORMAT, Manifest, read_manifest, row_of
from model_store.native import COMPILED_FILES, CompileReport
from scoring.identity import stamp

Compile = Callable[[Path, Path], CompileReport]
"""`model_store.native.compile_native`: native files in, converted files out. Raises NativeRefusedError."""


def compile_bundle(
    folder: Path, compile_native: Compile, *, name: str, version: str, metrics: Mapping[str, JsonValue] | None = None
) -> Manifest:
    """Convert the native files in `folder`, put what came of it beside them, and describe the whole.

    Raises NativeRefusedError, OSError, and ManifestError when the model's own figures are not usable.
    """
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=TEMPORARY) as made:
        report = compile_native(folder, Path(made))
        for file in COMPILED_FILES:
            if (Path(made) / file).exists():
                shutil.move(Path(made) / file, folder / file)
    document = {
        "format": FORMAT,
        "name": name,
        "version": version,
        "created_at": stamp(datetime.now(UTC)),
        "files": {
            file.name: {"sha256": sha256_of(file), "bytes": file.stat().st_size} for file in sorted(folder.iterdir())
        },
        "features": report.features or [{"name": feature} for feature in report.feature_names],
        "output": report.output,
        "scale": report.scale,
        "alone": report.alone,
        "reference": {"row": _values(report.reference_row), "source": report.reference_source},
        "golden": {"rows": [_values(row) for row in report.golden_rows], "outputs": report.golden_outputs},
        "converted": report.converted,
        "not_converted_because": report.not_converted_because,
        "parity": report.parity,
        "framework": report.framework,
        "library_versions": report.library_versions,
        "notes": report.notes,
        "metrics": metrics or {},
    }
    return read_manifest(json.dumps(document).encode())


def report_of(manifest: Manifest) -> CompileReport:
    """The child's report, as the manifest kept it."""
    return CompileReport(
        input_size=len(manifest.features),
        feature_names=[feature.name for feature in manifest.features],
        features=[asdict(feature) for feature in manifest.features],
        output=manifest.output,
        scale=asdict(manifest.scale) if manifest.scale else None,
        converted=manifest.converted,
        not_converted_because=manifest.not_converted_because,
        framework=manifest.framework,
        library_versions=manifest.library_versions,
        golden_rows=[list(row) for row in manifest.golden_rows],
        golden_outputs=list(manifest.golden.outputs),
        parity=manifest.parity,
        reference_row=list(row_of(manifest.reference.row)),
        reference_source=manifest.reference.source,
        alone=list(manifest.alone),
        notes=list(manifest.notes),
    )


def _values(row: Iterable[float | None]) -> list[float | None]:
    """A row as JSON can hold it: None where a value is missing."""
    return [None if value is None or value != value else value for value in row]
