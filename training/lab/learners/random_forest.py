"""A random forest, scikit-learn's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
from sklearn.ensemble import RandomForestClassifier

from evaluation.arrays import Floats
from training.fitted import log_odds_of_all
from training.lab.learners import Lesson, Settings

STOPS_EARLY = False


def fit(lesson: Lesson, settings: Settings) -> RandomForestClassifier:
    """See Learner."""
    model = RandomForestClassifier(**settings, random_state=lesson.seed, n_jobs=1)
    return model.fit(lesson.rows, lesson.defaulted, sample_weight=lesson.weights)


def log_odds(model: Any, rows: Floats) -> Floats:
    """See Learner. A share of 0 or 1 is held to one in a million."""
    return log_odds_of_all(model.predict_proba(rows)[:, 1])


def write(model: Any, folder: Path) -> None:
    """See Learner: model.pkl."""
    joblib.dump(model, folder / "model.pkl")
