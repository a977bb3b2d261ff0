"""Logistic regression, scikit-learn's."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from evaluation.arrays import Floats
from training.lab.learners import Lesson, Settings

STOPS_EARLY = False


def fit(lesson: Lesson, settings: Settings) -> LogisticRegression:
    """See Learner. A penalty that is not all of the second power needs the solver saga."""
    model = LogisticRegression(**settings, solver="saga" if settings["l1_ratio"] else "lbfgs", random_state=lesson.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # max_iter is a hyperparameter: its price shows in the AUC
        return model.fit(lesson.rows, lesson.defaulted, sample_weight=lesson.weights)


def log_odds(model: Any, rows: Floats) -> Floats:
    """See Learner."""
    return np.asarray(model.decision_function(rows), dtype=np.float64)


def write(model: Any, folder: Path) -> None:
    """See Learner: model.pkl."""
    joblib.dump(model, folder / "model.pkl")
