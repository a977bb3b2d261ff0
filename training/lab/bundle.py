"""From a winner to the folder that the model store publishes: native files, config, card, validation set."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np

from laboratory.plan import ModelType
from model_store.card import CARD
from model_store.compile.report import OutputKind
from model_store.validation import VALIDATION, ValidationSet
from scoring.features import Feature
from training.evidence import at_most, sample_of
from training.lab.card import card
from training.lab.figures import Figures
from training.lab.files import write_model
from training.lab.split import sample
from training.lab.words import Winner

OUTPUTS: Final[dict[ModelType, OutputKind]] = {"dnn": "logit"}
"""What a type's own file answers, where that is not a probability of default."""
MOST_REFERENCE_ROWS = 100_000
"""Of a large training part, the typical applicant is found among so many rows."""


def write_bundle(winner: Winner, figures: Figures, folder: Path) -> str:
    """Write the files of a winner into an existing, empty folder. OSError, TrainingError.

    Returns the SHA-256 (hexadecimal) of the model's own files: two trainings of one plan on one table give the same.
    """
    write_model(winner, folder)
    config = {
        "input_size": len(winner.features),
        "features": [asdict(feature) for feature in winner.features],
        "output": OUTPUTS.get(winner.plan.model_type, "probability_of_default"),
        "calibration": dict(zip(("intercept", "slope"), winner.calibration, strict=True)),
        "reference": reference(winner),
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    digest = _digest(folder)
    (folder / CARD).write_bytes(card(winner, figures).to_bytes())
    (folder / VALIDATION).write_bytes(validation_set(winner).to_bytes())
    return digest


def reference(winner: Winner) -> list[float | None]:
    """The typical applicant of the training part: each feature's median, or its most frequent category's code.

    Always values that occur. None where most of the training part has none: there the gap itself is typical.
    """
    train, table = winner.split.train, winner.table
    rows = train[sample(table.defaulted[train], MOST_REFERENCE_ROWS, winner.plan.seed)]
    coded = winner.coded(table.frame.iloc[rows])
    return [_typical(column, feature) for feature, column in zip(winner.features, coded.T, strict=True)]


def validation_set(winner: Winner) -> ValidationSet:
    """The test part: nothing of the model was fitted, chosen or calibrated on it."""
    table, rows = winner.table, at_most(winner.split.test, winner.plan.seed)
    return ValidationSet(
        winner.coded(table.frame.iloc[rows]),
        table.defaulted[rows],
        {name: groups[rows] for name, groups in table.sensitive.items()},
        sample_of(table.defaulted, rows),
    )


def _typical(column: np.ndarray[tuple[int], np.dtype[np.float64]], feature: Feature) -> float | None:
    present = column[~np.isnan(column)]
    if 2 * len(present) < len(column):
        return None
    if feature.categories is None:
        return float(np.quantile(present, 0.5, method="lower"))
    codes, counts = np.unique(present, return_counts=True)
    return float(codes[counts.argmax()])


def _digest(folder: Path) -> str:
    files = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in folder.iterdir()}
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
