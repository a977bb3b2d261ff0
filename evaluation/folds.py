"""How much the figures of given predictions vary from fold to fold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from evaluation.arrays import matched
from evaluation.confusion import CostLike
from evaluation.figures import figures


@dataclass(frozen=True, slots=True)
class FoldScores:
    """A figure in each fold (None where it cannot be said), its mean, and its standard deviation (ddof 1) over folds.

    Mean and deviation are of the folds that have it; None where fewer than one, or two, have.
    """

    folds: tuple[float | None, ...]
    mean: float | None
    deviation: float | None


def stratified_folds(defaulted: npt.ArrayLike, folds: int, seed: int = 0) -> NDArray[np.intp]:
    """The fold of each row [N], of 0 to folds - 1: each class is shuffled and dealt out, so that shares are alike.

    The second class is dealt on from where the first ended: sizes differ by at most one. ValueError unless
    2 <= folds <= N.
    """
    outcomes, _ = matched(defaulted, defaulted)
    if not 2 <= folds <= len(outcomes):
        raise ValueError(f"expected 2 to {len(outcomes)} folds, got {folds}")
    generator = np.random.default_rng(seed)
    order = np.concatenate([generator.permutation(np.flatnonzero(outcomes == each)) for each in (1.0, 0.0)])
    fold = np.empty(len(outcomes), dtype=np.intp)
    fold[order] = np.arange(len(outcomes)) % folds
    return fold


def fold_scores(
    defaulted: npt.ArrayLike,
    pd: npt.ArrayLike,
    *,
    threshold: float,
    weights: CostLike,
    folds: int = 5,
    seed: int = 0,
) -> dict[str, FoldScores]:
    """Every figure in each of `folds` stratified folds of outcomes [N] and PDs [N]. ValueError as `stratified_folds`.

    Nothing is fitted: the PDs are as given, so this shows the spread of a figure and not how well a method learns.
    """
    outcomes, probabilities = matched(defaulted, pd)
    fold = stratified_folds(outcomes, folds, seed)
    found = [figures(outcomes[fold == each], probabilities[fold == each], threshold, weights) for each in range(folds)]
    return {name: _scores([each[name] for each in found]) for name in found[0]}


def _scores(values: list[float | None]) -> FoldScores:
    said = [value for value in values if value is not None]
    mean = float(np.mean(said)) if said else None
    return FoldScores(tuple(values), mean, float(np.std(said, ddof=1)) if len(said) > 1 else None)
