"""Boosted trees, XGBoost's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from xgboost import XGBClassifier
from xgboost.callback import EarlyStopping

from evaluation.arrays import Floats
from training.lab.learners import Lesson, Settings

STOPS_EARLY = True


def fit(lesson: Lesson, settings: Settings) -> XGBClassifier:
    """See Learner. The trees after the best one are cut off, so that the file holds those that score."""
    rounds = settings["early_stopping_rounds"]
    stopping = [EarlyStopping(rounds=rounds, save_best=True)] if lesson.stops and rounds else None
    model = XGBClassifier(
        **{name: value for name, value in settings.items() if name != "early_stopping_rounds"},
        eval_metric="logloss",
        callbacks=stopping,
        random_state=lesson.seed,
        n_jobs=1,  # the order of a sum depends on the number of threads: the same seed must give the same trees
    )
    model.fit(
        lesson.rows,
        lesson.defaulted,
        sample_weight=lesson.weights,
        eval_set=[(lesson.stop_rows, lesson.stop_defaulted)] if stopping else None,
        sample_weight_eval_set=[lesson.stop_weights] if stopping else None,
        verbose=False,
    )
    return model.set_params(callbacks=None)


def log_odds(model: Any, rows: Floats) -> Floats:
    """See Learner."""
    return np.asarray(model.predict(rows, output_margin=True), dtype=np.float64)


def write(model: Any, folder: Path) -> None:
    """See Learner: model.json."""
    model.get_booster().save_model(folder / "model.json")
