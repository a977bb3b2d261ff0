"""Boosted trees, LightGBM's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier, early_stopping

from evaluation.arrays import Floats
from training.lab.learners import Lesson, Settings

STOPS_EARLY = True


def fit(lesson: Lesson, settings: Settings) -> LGBMClassifier:
    """See Learner. The trees after the best one are neither used nor written to the file."""
    asked: dict[str, Any] = dict(settings)
    rounds, depth = asked.pop("early_stopping_rounds"), asked.pop("max_depth")
    model = LGBMClassifier(
        **asked,
        max_depth=-1 if depth is None else depth,
        subsample_freq=1,  # without it LightGBM does not take subsample into account
        random_state=lesson.seed,
        deterministic=True,
        force_row_wise=True,
        n_jobs=1,
        verbosity=-1,
    )
    watches = lesson.stops and rounds
    return model.fit(
        lesson.rows,
        lesson.defaulted,
        sample_weight=lesson.weights,
        eval_X=lesson.stop_rows if watches else None,
        eval_y=lesson.stop_defaulted if watches else None,
        eval_sample_weight=[lesson.stop_weights] if watches else None,
        eval_metric="binary_logloss",
        callbacks=[early_stopping(rounds, verbose=False)] if watches else None,
    )


def log_odds(model: Any, rows: Floats) -> Floats:
    """See Learner."""
    return np.asarray(model.booster_.predict(rows, raw_score=True), dtype=np.float64)


def write(model: Any, folder: Path) -> None:
    """See Learner: model.txt."""
    model.booster_.save_model(folder / "model.txt")
