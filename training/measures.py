"""What is measured of trained models on the customers held back for it, and how it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from evaluation.arrays import Floats
from evaluation.calibration import logistic_line
from evaluation.discrimination import auc
from evaluation.probability import brier, expected_calibration_error, log_loss

Figures = Mapping[str, float]


@dataclass(frozen=True)
class Measured:
    """Figures of each model as it answers alone, of each route, and of all routes' answers pooled."""

    models: Mapping[str, Figures]
    routes: Mapping[str, Figures]
    pooled: Figures


def figures(defaulted: Floats, log_odds: Floats) -> Figures:
    """All measures of one prediction, log-odds of default [N], for outcomes [N]."""
    pd, area = expit(log_odds), auc(defaulted, log_odds)
    intercept, slopes = logistic_line(defaulted, [log_odds])
    return {
        "auc": area.value,
        "auc_low": area.low,
        "auc_high": area.high,
        "brier": brier(defaulted, pd),
        "log_loss": log_loss(defaulted, pd),
        "expected_calibration_error": expected_calibration_error(defaulted, pd),
        "calibration_intercept": intercept,
        "calibration_slope": float(slopes[0]),
        "mean_pd": float(pd.mean()),
        "default_rate": float(defaulted.mean()),
        "rows": len(defaulted),
    }


def measure(defaulted: Floats, models: Mapping[str, Floats], routes: Mapping[str, Floats]) -> Measured:
    """Measure log-odds [N] of models and of routes on the same customers."""
    pooled = figures(np.tile(defaulted, len(routes)), np.concatenate(list(routes.values())))
    return Measured(
        {name: figures(defaulted, each) for name, each in models.items()},
        {name: figures(defaulted, each) for name, each in routes.items()},
        pooled,
    )


def table(measured: Measured) -> Iterator[str]:
    """The figures as lines of text."""
    yield f"{'':24}{'AUC (95% interval)':24}{'Brier':>8}{'ECE':>8}{'slope':>8}{'mean PD':>9}{'defaults':>10}"
    for kind, named in (("model", measured.models), ("route", measured.routes), ("all routes", {"": measured.pooled})):
        for name, each in named.items():
            interval = f"{each['auc']:.4f} ({each['auc_low']:.4f}-{each['auc_high']:.4f})"
            yield (
                f"{f'{kind} {name}':24}{interval:24}{each['brier']:8.4f}{each['expected_calibration_error']:8.4f}"
                f"{each['calibration_slope']:8.3f}{each['mean_pd']:9.4f}{each['default_rate']:10.4f}"
            )
