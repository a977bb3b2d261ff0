"""A scikit-learn Pipeline, a line or small trees, whichever fits better: the social model."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import joblib
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from evaluation.arrays import Floats
from evaluation.probability import log_loss
from training.dataset import Inputs
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
    """Fit a line and small trees, and keep the one with the lower validation loss.

    The line's explanations are exact and its curve has no steps, so the trees must win to be chosen.
    """
    train, (validation, outcomes) = lesson.part(lesson.parts.train), lesson.part(lesson.parts.validation)
    line = PipelineModel(_line(lesson.inputs).fit(*train))
    trees = PipelineModel(_trees(lesson.seed).fit(*train))
    better = log_loss(outcomes, trees.pd(validation)) < log_loss(outcomes, line.pd(validation))
    return trees if better else line


def _line(inputs: Inputs) -> Pipeline:
    """Logistic regression; codes become one column each, numbers are scaled, and what is missing is the usual value."""
    codes = [i for i, name in enumerate(inputs.names) if name in inputs.categorical]
    numbers = [i for i in range(len(inputs.names)) if i not in codes]
    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    if not codes:
        return make_pipeline(scaled, LogisticRegression())
    one_hot = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    )
    return make_pipeline(make_column_transformer((scaled, numbers), (one_hot, codes)), LogisticRegression())


def _trees(seed: int) -> Pipeline:
    """Trees of depth 2 see that a number's effect may turn, and that two matter together."""
    return make_pipeline(
        HistGradientBoostingClassifier(
            max_depth=2, learning_rate=0.05, max_iter=100, early_stopping=False, random_state=seed
        )
    )
