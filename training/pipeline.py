"""A scikit-learn Pipeline, a line or small trees, whichever fits better: the social model."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import joblib
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from evaluation.arrays import Floats
from evaluation.probability import log_loss
from training.fitted import Lesson, log_odds_of_all


class PipelineModel:
    """A fitted Pipeline that ends in a classifier."""

    output: Literal["probability_of_default"] = "probability_of_default"

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self.summary = f"scikit-learn Pipeline ending in {type(pipeline[-1]).__name__}"

    def pd(self, rows: Floats) -> Floats:
        """Probability of default [N], not calibrated."""
        return self._pipeline.predict_proba(rows)[:, 1]  # type: ignore[no-any-return]

    def log_odds(self, rows: Floats) -> Floats:
        """See Fitted."""
        return log_odds_of_all(self.pd(rows))

    def write(self, folder: Path) -> None:
        """See Fitted: model.pkl."""
        joblib.dump(self._pipeline, folder / "model.pkl")


def fit(lesson: Lesson) -> PipelineModel:
    """Fit small trees and, where every feature is a number that is always there, a line; keep what validates better.

    A line has no steps, so the trees must win to be kept. Codes and missing values are the trees' alone: on real tables
    one column per code under a line ranked no better, and trees need no such columns.
    """
    train, (validation, outcomes) = lesson.part(lesson.parts.train), lesson.part(lesson.parts.validation)
    trees = PipelineModel(_trees(lesson.seed).fit(*train))
    if lesson.inputs.categorical or not all(feature.required for feature in lesson.inputs.features):
        return trees
    line = PipelineModel(make_pipeline(StandardScaler(), LogisticRegression()).fit(*train))
    better = log_loss(outcomes, trees.pd(validation)) < log_loss(outcomes, line.pd(validation))
    return trees if better else line


def _trees(seed: int) -> Pipeline:
    """Trees of depth 2 see that a number's effect may turn, and that two matter together."""
    return make_pipeline(
        HistGradientBoostingClassifier(
            max_depth=2, learning_rate=0.05, max_iter=100, early_stopping=False, random_state=seed
        )
    )
