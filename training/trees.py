"""Boosted trees with early stopping: the model of new customers."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from xgboost import XGBClassifier

from evaluation.arrays import Floats
from training.fitted import Lesson


class TreesModel:
    """An early-stopped XGBClassifier."""

    output: Literal["probability_of_default"] = "probability_of_default"

    def __init__(self, classifier: XGBClassifier) -> None:
        self._classifier = classifier
        self.summary = f"XGBoost, {classifier.best_iteration + 1} trees of depth {classifier.max_depth}"

    def log_odds(self, rows: Floats) -> Floats:
        """See Fitted."""
        return np.asarray(self._classifier.predict(rows, output_margin=True), dtype=np.float64)

    def write(self, folder: Path) -> None:
        """See Fitted: model.json."""
        self._classifier.save_model(folder / "model.json")


def fit(lesson: Lesson) -> TreesModel:
    """Fit until the validation loss has not fallen for 50 trees. A missing value goes the way that lowers the loss."""
    classifier = XGBClassifier(
        n_estimators=1000,
        early_stopping_rounds=50,
        max_depth=3,
        learning_rate=0.05,
        subsample=0.8,
        colsample_bytree=0.8,
        min_child_weight=5,
        eval_metric="logloss",
        random_state=lesson.seed,
        n_jobs=1,  # the order of a sum depends on the number of threads: the same seed must give the same trees
    )
    validation = lesson.part(lesson.parts.validation)
    return TreesModel(classifier.fit(*lesson.part(lesson.parts.train), eval_set=[validation], verbose=False))
