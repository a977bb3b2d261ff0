"""Which rows are fitted on, which are held back: the three parts, the folds, the share that stops a fit."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import StratifiedKFold

from evaluation.arrays import Floats
from training.dataset import Rows, TrainingError
from training.lab.words import Split

SHARES = (0.15, 0.15)
"""Of validation and of test; the rest is trained on."""
FEWEST_PER_CLASS = 3
"""Defaults, and non-defaults, that each part must hold: with fewer no line and no threshold can be fitted to it."""


def split(defaulted: Floats, seed: int) -> Split:
    """Cut rows into 70, 15 and 15 of a hundred, at random, with the same default rate in each. TrainingError."""
    generator = np.random.default_rng(seed)
    pieces = []
    for outcome in (0.0, 1.0):
        rows = generator.permutation(np.flatnonzero(defaulted == outcome))
        pieces.append(np.split(rows, np.rint(np.cumsum(SHARES) * len(rows)).astype(int)))
    for name, *both in zip(("validation", "test", "training"), *pieces, strict=True):
        if min(map(len, both)) < FEWEST_PER_CLASS:
            raise TrainingError(
                f"too few rows: the {name} part would hold {len(both[0])} customers without and {len(both[1])} with a "
                f"default, and needs at least {FEWEST_PER_CLASS} of each; give at least "
                f"{int(np.ceil(FEWEST_PER_CLASS / min(SHARES)))} of each"
            )
    validation, test, train = (np.sort(np.concatenate(both)) for both in zip(*pieces, strict=True))
    return Split(train, validation, test)


def folds(defaulted: Floats, count: int, seed: int) -> list[tuple[Rows, Rows]]:
    """(rows to fit on, rows held out) of each fold, stratified and shuffled. TrainingError for too rare a class."""
    rarest = int(min(defaulted.sum(), len(defaulted) - defaulted.sum()))
    if rarest < count:
        raise TrainingError(
            f"{count} folds need at least {count} customers with and {count} without a default in the training part, "
            f"which holds {rarest} of one kind: ask for fewer folds or give more rows"
        )
    return list(StratifiedKFold(count, shuffle=True, random_state=seed).split(defaulted, defaulted))


def share(defaulted: Floats, of: float, seed: int) -> tuple[Rows, Rows]:
    """(the rest, the share `of`) of the rows, each class by itself; nothing is taken where one class is too rare."""
    generator = np.random.default_rng(seed)
    classes = [generator.permutation(np.flatnonzero(defaulted == outcome)) for outcome in (0.0, 1.0)]
    taken = [rows[: int(of * len(rows))] for rows in classes]
    is_taken = np.zeros(len(defaulted), dtype=bool)
    if all(map(len, taken)):
        is_taken[np.concatenate(taken)] = True
    return np.flatnonzero(~is_taken), np.flatnonzero(is_taken)


def sample(defaulted: Floats, most: int, seed: int) -> Rows:
    """All rows, or about `most` of them with the same default rate, in their order; at least one of each class."""
    if len(defaulted) <= most:
        return np.arange(len(defaulted))
    generator = np.random.default_rng(seed)
    classes = [generator.permutation(np.flatnonzero(defaulted == outcome)) for outcome in (0.0, 1.0)]
    taken = [rows[: max(1, round(most / len(defaulted) * len(rows)))] for rows in classes]
    return np.sort(np.concatenate(taken))
