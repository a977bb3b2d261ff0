"""LIME: a linear model of the log-odds near one applicant, with how well it fits and how stable it is.

M. Ribeiro, S. Singh and C. Guestrin, "Why Should I Trust You?" (KDD 2016), by the library lime. Its weights depend on
its draw, also with a seed of its own, if an explainer is used twice: every run here has a fresh one. Never the source
of reason codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explanation.lab.arrays import Floats
from explanation.lab.dependence import is_whole
from explanation.lab.served import Served
from explanation.lab.summary import spearman

TOP = 5
"""Features whose overlap between runs tells the stability."""


@dataclass(frozen=True, eq=False)
class Local:
    """One run: intercept + weights.sum() = prediction, in log-odds; `fit`: weighted R2 over the drawn neighbours.

    `weights` [n], 0 for a feature that is missing; `rules`: the interval or category that each weight stands for.
    """

    intercept: float
    weights: Floats
    rules: tuple[str | None, ...]
    prediction: float
    fit: float


@dataclass(frozen=True, slots=True)
class Stability:
    """How alike runs of different seeds are, as means over their pairs.

    `overlap`: Jaccard's index of the TOP features by absolute weight, in [0, 1]. `rank_correlation`: Spearman's, of
    the weights; None where one never varies.
    """

    overlap: float
    rank_correlation: float | None


@dataclass(frozen=True, eq=False)
class Lime:
    """The first run, and what the others say of it."""

    local: Local
    stability: Stability


def lime(served: Served, row: Floats, samples: int, repeats: int, seed: int) -> Lime:
    """Explain one row [n] by `repeats` runs (two or more) of `samples` neighbours. Raises ModelUnavailable.

    A feature that the applicant lacks stays missing in every neighbour: LIME draws no gaps. Those of the background
    are filled with the median or the most frequent category. The same seed gives the same.
    """
    known = np.flatnonzero(~np.isnan(row))
    filled = np.column_stack([_filled(served, int(i)) for i in known])
    runs = [_run(served, row, known, filled, samples, each) for each in _seeds(seed, repeats)]
    return Lime(runs[0], stability([run.weights for run in runs]))


def stability(runs: Sequence[Floats]) -> Stability:
    """How alike the weights [n] of two or more runs are."""
    tops = [frozenset(np.argsort(-np.abs(weights), kind="stable")[:TOP].tolist()) for weights in runs]
    overlap = np.mean([len(a & b) / len(a | b) for a, b in combinations(tops, 2)])
    found = [spearman(a, b) for a, b in combinations(runs, 2)]
    known = [each for each in found if each is not None]
    return Stability(float(overlap), float(np.mean(known)) if known else None)


def _seeds(seed: int, count: int) -> list[int]:
    return [int(each) for each in np.random.SeedSequence(seed).generate_state(count)]


def _filled(served: Served, i: int) -> Floats:
    """A column of the background without gaps."""
    column, feature = served.background[:, i], served.features[i]
    known = column[~np.isnan(column)]
    if feature.categories is not None:
        codes = known.astype(int)
        usual = float(np.bincount(codes).argmax()) if codes.size else 0.0
    else:
        usual = float(np.median(known)) if known.size else 0.0
    return np.where(np.isnan(column), usual, column)


def _run(served: Served, row: Floats, known: NDArray[np.intp], filled: Floats, samples: int, seed: int) -> Local:
    from lime.lime_tabular import LimeTabularExplainer  # not at import time: it loads scikit-learn and matplotlib

    features = [served.features[i] for i in known]
    names = {at: list(each.categories) for at, each in enumerate(features) if each.categories is not None}
    whole = [at for at, each in enumerate(features) if at not in names and is_whole(each, filled[:, at])]

    def outputs(neighbours: Floats) -> Floats:
        rows = np.tile(row, (len(neighbours), 1))
        rows[:, known] = neighbours
        rows[:, known[whole]] = np.round(rows[:, known[whole]])
        return served.log_odds(rows)

    explainer = LimeTabularExplainer(
        filled,
        mode="regression",
        feature_names=[each.name for each in features],
        categorical_features=list(names),
        categorical_names=names,
        feature_selection="none",
        random_state=np.random.RandomState(seed),  # the kind that lime takes
    )
    found: Any = explainer.explain_instance(row[known], outputs, num_features=len(features), num_samples=samples)
    weights, rules = np.zeros(row.size), [None] * row.size
    for (at, weight), (rule, _) in zip(found.as_map()[1], found.as_list(1), strict=True):
        weights[known[at]], rules[known[at]] = weight, rule
    prediction = float(np.ravel(found.local_pred)[0])
    return Local(float(found.intercept[1]), weights, tuple(rules), prediction, float(found.score))
