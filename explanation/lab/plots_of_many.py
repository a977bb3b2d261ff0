"""Pictures of a model over many customers: importance, beeswarm, dependence on one or two features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from explanation.lab.arrays import Floats
from explanation.lab.dependence import HIGH, LOW, Dependence
from explanation.lab.drawing import LOWERS, MOST_BARS, NEUTRAL, RAISES, UNIT, figure, png, short, shown, style
from explanation.lab.summary import Weight, ranks
from scoring.features import Feature

_DOTS = 9
_MOST_SCATTERS = 4
_MOST_CURVES = 60


def importance(weights: Sequence[Weight]) -> bytes:
    """Mean absolute contributions with their intervals, the most important first; PNG."""
    top = weights[:MOST_BARS]
    values = np.array([each.importance.value for each in top])
    errors = np.array([[w.importance.value - w.importance.low, w.importance.high - w.importance.value] for w in top]).T
    with style():
        drawn = figure(7, 1.3 + 0.3 * len(top))
        axes = drawn.subplots()
        axes.barh(np.arange(len(top)), values, xerr=errors, color=LOWERS, ecolor="#374151", height=0.62, capsize=2)
        axes.set_yticks(np.arange(len(top)), [short(each.feature) for each in top])
        axes.invert_yaxis()
        axes.set_xlim(left=0)
        axes.set_xlabel(f"mean |contribution|, {UNIT}; 95% interval")
        axes.set_title("Importance of the features")
        return png(drawn)


def beeswarm(names: Sequence[str], values: Floats, contributions: Floats, is_category: Sequence[bool]) -> bytes:
    """One dot for each customer and feature. `names` [k], the most important first; the others [N, k]; PNG.

    The colour is the value's rank among the customers'; categories and missing values are grey.
    """
    count = min(len(names), MOST_BARS)
    with style():
        drawn = figure(8, 1.6 + 0.36 * count)
        axes = drawn.subplots()
        for place in range(count):
            column, amounts = values[:, place], contributions[:, place]
            shade = np.full(len(column), np.nan) if is_category[place] else _shades(column)
            spread = place + _swarm(amounts)
            plain = np.isnan(shade)
            axes.scatter(amounts[plain], spread[plain], s=_DOTS, color=NEUTRAL, alpha=0.7, linewidths=0)
            dots = axes.scatter(
                amounts[~plain], spread[~plain], c=shade[~plain], s=_DOTS, cmap="viridis", vmin=0, vmax=1, linewidths=0
            )
        axes.axvline(0, color=NEUTRAL, lw=0.8)
        axes.set_yticks(np.arange(count), [short(each) for each in names[:count]])
        axes.set_ylim(count - 0.4, -0.6)
        axes.set_xlabel(f"contribution, {UNIT} (more is worse)")
        axes.set_title("Contributions of each feature over customers")
        bar = drawn.colorbar(dots, ax=axes, shrink=0.7, ticks=[0, 1], label="value (grey: category or missing)")
        bar.ax.set_yticklabels(["low", "high"])
        return png(drawn)


def scatters(features: Sequence[Feature], values: Floats, contributions: Floats) -> bytes:
    """Value against contribution for the first features; the others [N, k]; PNG."""
    count = min(len(features), _MOST_SCATTERS)
    with style():
        drawn = figure(4.2 * min(count, 2), 3.0 * ((count + 1) // 2))
        for axes, at in zip(np.ravel(drawn.subplots((count + 1) // 2, min(count, 2))), range(count), strict=False):
            _scatter(axes, features[at], values[:, at], contributions[:, at])
        for axes in drawn.axes[count:]:
            axes.set_visible(False)
        drawn.supylabel(f"contribution, {UNIT}", fontsize=9, color="#374151")
        return png(drawn)


def partial(found: Dependence) -> bytes:
    """Partial dependence on one feature, or on two as a map; PNG."""
    with style():
        if len(found.features) == 1:
            drawn = figure(7, 4)
            _curve(drawn.subplots(), found)
        else:
            drawn = figure(7, 5)
            _map(drawn, found)
        return png(drawn)


def _curve(axes: Any, found: Dependence) -> None:
    feature, grid = found.features[0], found.grids[0]
    places = np.where(np.isnan(grid), np.nan, grid)
    low, high = found.spread
    as_names = feature.categories is not None or bool(np.isnan(grid).any())
    if as_names:
        places = np.arange(len(grid), dtype=np.float64)
        axes.errorbar(places, found.mean, [found.mean - low, high - found.mean], fmt="o", color=RAISES, capsize=3)
        axes.set_xticks(places, [short(shown(feature.said(each)), 14) for each in grid], rotation=40, ha="right")
    else:
        for curve in found.centred[:_MOST_CURVES]:
            axes.plot(places, curve, color=NEUTRAL, alpha=0.18, lw=0.7)
        axes.fill_between(places, low, high, color=LOWERS, alpha=0.15, lw=0)
        axes.plot(places, found.mean, color=RAISES, lw=2, marker="o" if len(places) < 2 else None)
    axes.set_xlabel(short(feature.name))
    axes.set_ylabel(UNIT)
    axes.set_title(f"Partial dependence: the mean, and {HIGH - LOW}% of the customers' centred curves")


def _map(drawn: Any, found: Dependence) -> None:
    axes = drawn.subplots()
    first, second = found.grids
    image = axes.imshow(found.mean.reshape(len(first), len(second)), cmap="viridis", aspect="auto", origin="lower")
    for feature, grid, set_ticks, set_label in (
        (found.features[0], first, axes.set_yticks, axes.set_ylabel),
        (found.features[1], second, axes.set_xticks, axes.set_xlabel),
    ):
        places = np.unique(np.linspace(0, len(grid) - 1, min(len(grid), 9)).astype(int))
        set_ticks(places, [short(shown(feature.said(grid[at])), 14) for at in places])
        set_label(short(feature.name))
    axes.tick_params(axis="x", rotation=40)
    axes.set_title("Partial dependence on two features (grids by quantiles)")
    drawn.colorbar(image, ax=axes, label=f"mean {UNIT}")


def _scatter(axes: Any, feature: Feature, values: Floats, contributions: Floats) -> None:
    axes.axhline(0, color=NEUTRAL, lw=0.6)
    known = ~np.isnan(values)
    axes.scatter(values[known], contributions[known], s=_DOTS, color=LOWERS, alpha=0.6, linewidths=0)
    if feature.categories is not None:
        codes = np.unique(values[known])
        axes.set_xticks(codes, [short(shown(feature.said(each)), 12) for each in codes], rotation=40, ha="right")
    else:
        axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel(short(feature.name))


def _shades(values: Floats) -> Floats:
    """The rank of each value in [0, 1], NaN where it is missing."""
    known = ~np.isnan(values)
    shade = np.full(len(values), np.nan)
    if known.any():
        shade[known] = ranks(values[known]) / max(known.sum() - 1, 1)
    return shade


def _swarm(amounts: Floats, bins: int = 60) -> Floats:
    """How far each dot is moved aside so that equal ones lie beside each other, in [-0.4, 0.4]."""
    width = max(float(np.ptp(amounts)), 1e-12) / bins
    bin_of = np.floor((amounts - amounts.min()) / width).astype(int)
    aside = np.zeros(len(amounts))
    for each in np.unique(bin_of):
        members = np.flatnonzero(bin_of == each)
        steps = np.arange(len(members))
        aside[members] = np.where(steps % 2, 1, -1) * ((steps + 1) // 2)
    return np.asarray(0.4 * aside / max(float(np.abs(aside).max()), 4.0))
