"""Pictures of how a model did on customers that it was not fitted on. Each takes outcomes [N] and PDs [N]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_curve

from evaluation.arrays import Floats
from evaluation.discrimination import auc, ks
from evaluation.intervals import Estimate, wilson
from evaluation.probability import brier_interval, calibration_bins, expected_calibration_error
from training.lab.drawing import DEFAULTED, MODEL, PAID, QUIET, Picture, drawn

MOST_POINTS = 500
"""Points of a curve that are drawn and kept: more cannot be told apart."""
MOST_BARS = 40


def roc(defaulted: Floats, pd: Floats, threshold: float) -> Picture:
    """Receiver operating characteristic; the cross is the threshold with Wilson's intervals of both shares."""
    false_positive, true_positive, cuts = roc_curve(defaulted, pd)
    area = auc(defaulted, pd)
    caught, refused = _shares(defaulted, pd, threshold)
    kept = _thinned(len(cuts))

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=QUIET, linestyle="--", linewidth=1, label="no better than chance")
        axes.plot(false_positive, true_positive, color=MODEL, linewidth=2, label=f"model, AUC {_said(area)}")
        _cross(axes, refused, caught, threshold)
        axes.set(
            title="ROC curve",
            xlabel=f"paying customers refused (false positive rate), N = {int((defaulted == 0).sum()):,}",
            ylabel=f"defaults caught (recall), N = {int(defaulted.sum()):,}",
        )
        _unit(axes)
        axes.legend(loc="lower right")

    data = {
        "false_positive_rate": false_positive[kept].tolist(),
        "true_positive_rate": true_positive[kept].tolist(),
        "threshold": np.minimum(cuts[kept], 1.0).tolist(),  # the first cut is infinite: nobody is refused
        "auc_roc": _interval(area),
        "at_threshold": {
            "threshold": threshold,
            "recall": _interval(caught),
            "false_positive_rate": _interval(refused),
        },
    }
    return drawn("roc", data, draw)


def precision_recall(defaulted: Floats, pd: Floats, threshold: float) -> Picture:
    """Precision against recall of defaults; the cross is the threshold with Wilson's intervals."""
    precision, recall, cuts = precision_recall_curve(defaulted, pd)
    average, rate = float(average_precision_score(defaulted, pd)), float(defaulted.mean())
    caught, _ = _shares(defaulted, pd, threshold)
    expected = pd >= threshold
    right = wilson(int(defaulted[expected].sum()), int(expected.sum())) if expected.any() else None
    kept = _thinned(
        len(cuts)
    )  # the curve's last point has no threshold: nobody is refused, and the precision is a custom

    def draw(axes: Axes) -> None:
        axes.axhline(rate, color=QUIET, linestyle="--", linewidth=1, label=f"default rate {rate:.1%}")
        axes.plot(
            recall[:-1], precision[:-1], color=MODEL, linewidth=2, label=f"model, average precision {average:.3f}"
        )
        if right:
            _cross(axes, caught, right, threshold)
        axes.set(
            title="Precision and recall",
            xlabel=f"defaults caught (recall), N = {int(defaulted.sum()):,}",
            ylabel="defaults among the refused (precision)",
        )
        _unit(axes)
        axes.legend(loc="upper right")

    data = {
        "precision": precision[kept].tolist(),
        "recall": recall[kept].tolist(),
        "threshold": cuts[kept].tolist(),
        "average_precision": average,
        "default_rate": rate,
        "at_threshold": {
            "threshold": threshold,
            "recall": _interval(caught),
            "precision": _interval(right) if right else None,
        },
    }
    return drawn("precision_recall", data, draw)


def calibration(defaulted: Floats, pd: Floats) -> Picture:
    """Reliability: what was said against what happened, in tenths of the customers, with Wilson's intervals."""
    bins = calibration_bins(defaulted, pd)
    score, error = brier_interval(defaulted, pd), expected_calibration_error(defaulted, pd)
    said, happened = [each.expected for each in bins], [each.observed.value for each in bins]
    off = [
        [each.observed.value - each.observed.low for each in bins],
        [each.observed.high - each.observed.value for each in bins],
    ]
    top = min(1.0, 1.08 * max(said + [each.observed.high for each in bins]))

    def draw(axes: Axes) -> None:
        axes.plot([0, top], [0, top], color=QUIET, linestyle="--", linewidth=1, label="perfectly calibrated")
        label = f"a tenth of {len(pd):,} customers each, 95% interval"
        axes.errorbar(said, happened, yerr=off, color=MODEL, fmt="o-", capsize=3, linewidth=1.5, label=label)
        axes.set(
            title="Calibration",
            xlabel="predicted probability of default, mean of the bin",
            ylabel="default rate of the bin",
            xlim=(0, top),
            ylim=(0, top),
        )
        _percent(axes)
        legend = axes.legend(
            loc="upper left",
            frameon=True,
            framealpha=0.85,
            edgecolor="none",
            title=f"Brier {_said(score)}\nexpected calibration error {error:.4f}",
        )
        legend.set_alignment("left")

    data = {
        "bins": [{"n": each.n, "predicted": each.expected, "observed": _interval(each.observed)} for each in bins],
        "brier": _interval(score),
        "expected_calibration_error": error,
    }
    return drawn("calibration", data, draw)


def score_distribution(defaulted: Floats, pd: Floats, threshold: float) -> Picture:
    """How the predicted PDs of those who paid and of those who defaulted lie, each class on its own scale."""
    bars = int(np.clip(2 * np.sqrt(defaulted.sum()), 10, MOST_BARS))
    edges = np.linspace(0, max(float(pd.max()), threshold * 1.05, 1e-6), bars + 1)
    classes = (("paid", PAID, pd[defaulted == 0]), ("defaulted", DEFAULTED, pd[defaulted == 1]))
    shares = {name: np.histogram(values, edges)[0] / len(values) for name, _, values in classes}
    gap = ks(defaulted, pd)

    def draw(axes: Axes) -> None:
        for name, colour, values in classes:
            label = f"{name}, N = {len(values):,}"
            axes.stairs(shares[name], edges, color=colour, alpha=0.35, fill=True)
            axes.stairs(shares[name], edges, color=colour, linewidth=1.5, label=label)
        axes.axvline(threshold, color="black", linewidth=1, linestyle=":", label=f"threshold {threshold:.3g}")
        axes.set(
            title="Predicted PD by outcome",
            xlabel="predicted probability of default",
            ylabel="share of the class",
            xlim=(0, edges[-1]),
        )
        _percent(axes)
        axes.legend(loc="upper right", title=f"Kolmogorov-Smirnov {gap:.3f}")

    data = {"edges": edges.tolist(), "ks": gap, "threshold": threshold}
    return drawn("score_distribution", {**data, **{name: each.tolist() for name, each in shares.items()}}, draw)


def confusion(defaulted: Floats, pd: Floats, threshold: float) -> Picture:
    """Who was expected to default at the threshold, and who did: counts, and the share of each outcome."""
    expected = pd >= threshold
    counts = np.array([[np.sum((defaulted == row) & (expected == column)) for column in (0, 1)] for row in (0, 1)])
    shares = counts / counts.sum(axis=1, keepdims=True)

    def draw(axes: Axes) -> None:
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for (row, column), count in np.ndenumerate(counts):
            text = f"{count:,}\n{shares[row, column]:.1%} of those who {('paid', 'defaulted')[row]}"
            dark = shares[row, column] > 0.5
            axes.text(column, row, text, ha="center", va="center", color="white" if dark else "black")
        axes.set_xticks([0, 1], ["expected to pay", "expected to default"])
        axes.set_yticks([0, 1], ["paid", "defaulted"], rotation=90, va="center")
        axes.grid(visible=False)
        axes.tick_params(length=0)
        axes.set(title=f"Decisions at the threshold, PD {threshold:.3g}", xlabel="prediction", ylabel="outcome")

    data = {"threshold": threshold, "rows": ["paid", "defaulted"], "counts": counts.tolist()}
    return drawn("confusion", data, draw)


def measured_on(defaulted: Floats, pd: Floats, threshold: float) -> Sequence[Picture]:
    """Every picture above."""
    return (
        roc(defaulted, pd, threshold),
        precision_recall(defaulted, pd, threshold),
        calibration(defaulted, pd),
        score_distribution(defaulted, pd, threshold),
        confusion(defaulted, pd, threshold),
    )


def _shares(defaulted: Floats, pd: Floats, threshold: float) -> tuple[Estimate, Estimate]:
    """Recall of defaults, and the share of paying customers who are refused."""
    expected = pd >= threshold
    caught, refused = (expected[defaulted == outcome] for outcome in (1, 0))
    return wilson(int(caught.sum()), len(caught)), wilson(int(refused.sum()), len(refused))


def _cross(axes: Axes, across: Estimate, up: Estimate, threshold: float) -> None:
    off = [[[each.value - each.low], [each.high - each.value]] for each in (across, up)]
    label = f"threshold PD {threshold:.3g}, 95% intervals"
    axes.errorbar(
        across.value, up.value, xerr=off[0], yerr=off[1], fmt="o", color=DEFAULTED, capsize=3, zorder=3, label=label
    )


def _unit(axes: Axes) -> None:
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02))
    _percent(axes)


def _percent(axes: Axes) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=None))


def _thinned(n: int) -> npt.NDArray[np.intp]:
    """At most MOST_POINTS positions of n, first and last among them."""
    return np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).round().astype(np.intp))


def _said(estimate: Any) -> str:
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def _interval(estimate: Any) -> dict[str, float]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}
