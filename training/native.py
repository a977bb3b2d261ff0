"""Trained models as folders of native files that model_store opens: the framework's files and config.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from training.schema import REPLACES_SCHEMA
from training.train import Trained, TrainedModel


def write_all(
    trained: Trained, into: Path, facts: Mapping[str, object], replaces: Mapping[str, str] | None = None
) -> None:
    """Write one folder per model, metrics.json (the figures and `facts`) and held_out.json. OSError.

    held_out.json lists the rows of the table, counted from 0, that the figures were measured on. `replaces`: model ->
    digest of the feature schema that this one is meant to replace.
    """
    into.mkdir(parents=True, exist_ok=True)
    for name, model in trained.models.items():
        write_native(model, into / name, (replaces or {}).get(name))
    _write_json(into / "metrics.json", {**facts, **asdict(trained.measured)})
    _write_json(into / "held_out.json", trained.parts.test.tolist())


def write_native(model: TrainedModel, folder: Path, replaces: str | None = None) -> None:
    """Write the native files of one model into a folder that does not exist. OSError."""
    folder.mkdir()
    model.fitted.write(folder)
    config = {
        "input_size": len(model.inputs.features),
        "feature_names": model.inputs.names,
        "features": [asdict(feature) for feature in model.inputs.features],
        "output": model.fitted.output,
        "calibration": asdict(model.calibration.served),
        "alone": asdict(model.calibration.alone),
        "reference": model.reference,
    }
    _write_json(folder / "config.json", config | ({REPLACES_SCHEMA: replaces} if replaces else {}))


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, allow_nan=False) + "\n", encoding="utf-8")
