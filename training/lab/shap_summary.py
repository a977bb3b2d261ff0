"""Which features move the model, and which way: Shapley values of a sample of the test part, as SHAP draws them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes

from evaluation.arrays import Floats
from explanation.lab import additive, permutations
from explanation.lab.served import Served
from scoring.features import Row
from training.dataset import Rows
from training.lab.drawing import QUIET, Picture, drawn
from training.lab.learners import learner
from training.lab.split import sample
from training.lab.words import Winner

MOST_ROWS: Final = 200
BACKGROUND: Final = 10
"""Customers of the training part that a value is compared with; the picture needs no more."""
SECONDS: Final = 2.0
MOST_SHOWN: Final = 15
WIDTH: Final = 0.38
"""Half of the height that a feature's dots may take."""


@dataclass(frozen=True)
class Contributions:
    """Of `values` [N, n], each feature's contribution to the calibrated log-odds of default [N, n]."""

    values: Floats
    found: Floats


def contributions(winner: Winner, seconds: float = SECONDS) -> Contributions:
    """Shapley values of up to MOST_ROWS rows of the test part; fewer where they take longer than `seconds`."""
    served = _served(winner, _coded(winner, winner.split.train, BACKGROUND))
    rows = _coded(winner, winner.split.test, MOST_ROWS)
    if served.is_additive:
        return Contributions(rows, additive.contributions(served, rows))
    found: list[Floats] = []
    ends_by = time.monotonic() + seconds
    for row in rows:
        found.append(permutations.shapley(served, row, permutations.LEAST_PAIRS, winner.plan.seed).contributions)
        if time.monotonic() > ends_by:
            break
    return Contributions(rows[: len(found)], np.stack(found))


def _coded(winner: Winner, part: Rows, most: int) -> Floats:
    drawn = part[sample(winner.table.defaulted[part], most, winner.plan.seed)]
    shuffled = np.random.default_rng(winner.plan.seed).permutation(drawn)  # whatever time allows is drawn at random
    return winner.coded(winner.table.frame.iloc[shuffled])


def _served(winner: Winner, background: Floats) -> Served:
    steps: Mapping[str, Any] = winner.pipeline.named_steps
    module, before = learner(winner.plan.model_type), steps.get("prepare")
    intercept, slope = winner.calibration

    def score(rows: Sequence[Row]) -> Sequence[float]:
        coded = np.asarray(rows, dtype=np.float64)
        matrix = coded if before is None else np.asarray(before.transform(coded), dtype=np.float64)
        said: Sequence[float] = (intercept + slope * module.log_odds(steps["model"], matrix)).tolist()
        return said

    is_additive = winner.plan.model_type == "logistic_regression"
    return Served(winner.plan.model_type, score, winner.features, background, is_additive)


def shap_summary(winner: Winner) -> Picture:
    """The beeswarm: a dot for each customer and feature, coloured by the feature's value."""
    explained = contributions(winner)
    weight = np.abs(explained.found).mean(axis=0)
    shown = np.argsort(-weight, kind="stable")[:MOST_SHOWN]
    names = [winner.features[i].name for i in shown]
    cool_to_warm = colormaps["coolwarm"]

    def draw(axes: Axes) -> None:
        axes.axvline(0, color=QUIET, linewidth=1)
        for place, i in enumerate(shown):
            effect, values = explained.found[:, i], explained.values[:, i]
            height = place + WIDTH * _spread(effect)
            is_gap = np.isnan(values)
            if winner.features[i].categories is None:
                axes.scatter(effect[~is_gap], height[~is_gap], s=9, c=_rank(values[~is_gap]), cmap=cool_to_warm)
            else:
                axes.scatter(effect[~is_gap], height[~is_gap], s=9, color="#7d3c98")
            axes.scatter(effect[is_gap], height[is_gap], s=12, color=QUIET, marker="x", linewidth=0.8)
        axes.set_yticks(range(len(shown)), [f"{name}  {weight[i]:.2f}" for name, i in zip(names, shown, strict=True)])
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.grid(visible=False, axis="x")
        axes.set(
            title="SHAP summary",
            xlabel=f"contribution to the log-odds of default, {len(explained.values)} customers of the test part\n"
            "beside each name: the mean of its absolute value\n"
            "a value is blue: low, red: high, purple: a category, grey cross: missing",
        )

    data = {
        "unit": "log-odds of default, calibrated",
        "rows": len(explained.values),
        "background": BACKGROUND,
        "features": [feature.name for feature in winner.features],
        "mean_absolute": weight.tolist(),
    }
    return drawn("shap_summary", data, draw, size=(7.2, 1.9 + 0.36 * len(shown)))


def _rank(values: Floats) -> Floats:
    """Each value's place among all, of [0, 1], equal ones at one place: an outlier does not bleach the others."""
    different, where = np.unique(values, return_inverse=True)
    return np.linspace(0.0, 1.0, len(different))[where] if len(different) > 1 else np.full(len(values), 0.5)


def _spread(effect: Floats) -> Floats:
    """Heights of [-1, 1]: dots of about one effect above one another, so that their number can be seen."""
    span = float(effect.max() - effect.min()) or 1.0
    bins = np.minimum((60 * (effect - effect.min()) / span).astype(int), 59)
    counts = np.bincount(bins, minlength=60)
    height = np.empty(len(effect))
    for each in np.flatnonzero(counts):
        rows = np.flatnonzero(bins == each)
        height[rows] = (np.arange(len(rows)) - (len(rows) - 1) / 2) * 2
    return height / max(int(counts.max()), 2)
