"""A winner's model as the native files that model_store opens; the rest of the folder is the bundle's."""

from __future__ import annotations

from pathlib import Path

import joblib

from training.lab.learners import learner
from training.lab.words import Winner

PREPARE = "prepare.joblib"


def write_model(winner: Winner, folder: Path) -> None:
    """Write prepare.joblib (where the model has such a step) and the model's own file into an existing folder.

    Two trainings of one plan on one table give the same bytes. OSError.
    """
    if "prepare" in winner.pipeline.named_steps:
        joblib.dump(winner.pipeline["prepare"], folder / PREPARE)
    learner(winner.plan.model_type).write(winner.pipeline["model"], folder)
