"""Class imbalance: weights of the rows, or synthetic defaults between the real ones (SMOTE)."""

from __future__ import annotations

import numpy as np
from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

from evaluation.arrays import Floats
from laboratory.plan import Balance
from training.dataset import TrainingError
from training.lab.pipelines import GAP

NEIGHBOURS = 5
"""As in N. V. Chawla et al., SMOTE, JAIR 16 (2002) 321-357."""


def weights(defaulted: Floats, balance: Balance) -> Floats:
    """Of each row [N]: 1, or what makes both classes weigh the same and all rows N in sum."""
    if balance == "none" or not 0 < defaulted.sum() < len(defaulted):
        return np.ones(len(defaulted))
    rate = defaulted.mean()
    return np.asarray(np.where(defaulted == 1, 0.5 / rate, 0.5 / (1 - rate)), dtype=np.float64)


def oversampled(rows: Floats, defaulted: Floats, is_code: list[bool], seed: int) -> tuple[Floats, Floats]:
    """Coded rows [N, n] and outcomes, then as many synthetic rows of the rarer class as it lacks.

    A gap is something that neighbours have in common or not, like a category: each number with gaps gets a flag beside
    it while the neighbours are looked for, and a synthetic row has a gap where most of its neighbours have one. Numbers
    are measured in their standard deviations meanwhile: or else the neighbours would be those of the column with the
    largest unit, an amount of money, whatever the other columns say.
    """
    rarest = int(min(defaulted.sum(), len(defaulted) - defaulted.sum()))
    if rarest < 2:
        raise TrainingError("SMOTE needs at least two customers of each class in every fold: give more rows or weights")
    is_gap, codes = np.isnan(rows), np.asarray(is_code, dtype=bool)
    flagged = np.flatnonzero(is_gap.any(axis=0) & ~codes)
    fill = np.array([GAP if code else _median(column) for code, column in zip(codes, rows.T, strict=True)])
    filled = np.where(is_gap, fill, rows)
    spread = filled.std(axis=0)
    unit = np.where(codes | (spread == 0), 1.0, spread)
    wide = np.hstack([filled / unit, is_gap[:, flagged].astype(np.float64)])
    categorical = np.concatenate([np.flatnonzero(codes), rows.shape[1] + np.arange(len(flagged))])
    new, outcomes = _sampler(categorical, wide.shape[1], min(NEIGHBOURS, rarest - 1), seed).fit_resample(
        wide, defaulted
    )
    synthetic = new[len(rows) :, : rows.shape[1]] * unit
    synthetic[:, flagged] = np.where(new[len(rows) :, rows.shape[1] :] == 1, np.nan, synthetic[:, flagged])
    synthetic[:, codes] = np.where(synthetic[:, codes] == GAP, np.nan, synthetic[:, codes])
    return np.vstack([rows, synthetic]), np.asarray(outcomes, dtype=np.float64)


def _sampler(categorical: np.ndarray, width: int, neighbours: int, seed: int) -> SMOTE | SMOTEN | SMOTENC:
    if not len(categorical):
        return SMOTE(random_state=seed, k_neighbors=neighbours)
    if len(categorical) == width:
        return SMOTEN(random_state=seed, k_neighbors=neighbours)
    return SMOTENC(categorical.tolist(), random_state=seed, k_neighbors=neighbours)


def _median(column: Floats) -> float:
    known = column[~np.isnan(column)]
    return float(np.median(known)) if len(known) else 0.0
