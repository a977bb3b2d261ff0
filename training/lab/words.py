"""What the laboratory's parts hand to each other: a table, a progress line, a fitted and calibrated winner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from evaluation.arrays import Floats
from laboratory.plan import Plan, Setting
from scoring.features import Feature
from training.dataset import Rows

Progress = Callable[[float, str], None]
"""Told the share that is done, of [0, 1], and what is being done now."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table that can be learnt from.

    `frame` [N, n]: the features as they came, numbers and text, gaps and all; `defaulted` [N]: 1 = default;
    `sensitive`: attribute -> the group of each row [N]; `digest`: SHA-256 of target and columns as read;
    `warnings`: what its user should know (a constant column that is left out, one that gives the target away).
    """

    frame: pd.DataFrame
    defaulted: Floats
    sensitive: Mapping[str, NDArray[np.str_]]
    name: str
    digest: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Split:
    """Row numbers of the three parts of 70, 15 and 15 of a hundred; no row is in two of them."""

    train: Rows
    validation: Rows
    test: Rows


@dataclass(frozen=True)
class Trial:
    """One setting that was tried: the AUC of each fold."""

    hyperparameters: Mapping[str, Setting]
    auc: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Winner:
    """The best setting, fitted on the training part, calibrated and given its threshold on the validation part.

    `pipeline`: scikit-learn's, from a raw DataFrame to probabilities, steps `columns` (raw table to the coded rows [N,
    n] of `features`, NaN for a gap and for a category never seen), `prepare` where the model needs one, and `model`.
    `calibration`: (intercept, slope) on its log-odds. `pd_validation`, `pd_test`: calibrated, of those parts.
    `folds`: metric -> its value in each fold, of the winning setting; a metric that some fold cannot have is left out.
    Of calibrated PDs: a fold's line and threshold are fitted to the held-out rows of the other folds. `searched`: rows
    that the folds were cut from, a sample of a large training part. `warnings`: what its user should know.
    """

    plan: Plan
    table: Table
    split: Split
    features: tuple[Feature, ...]
    pipeline: Pipeline
    hyperparameters: Mapping[str, Setting]
    trials: tuple[Trial, ...]
    folds: Mapping[str, tuple[float, ...]]
    calibration: tuple[float, float]
    threshold: float
    pd_validation: Floats
    pd_test: Floats
    searched: int = 0
    warnings: tuple[str, ...] = ()

    def coded(self, frame: pd.DataFrame) -> Floats:
        """Rows [N, n] as the bundle's graph takes them."""
        rows: Any = self.pipeline["columns"].transform(frame)
        return np.asarray(rows, dtype=np.float64)
