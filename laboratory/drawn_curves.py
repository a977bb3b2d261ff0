"""The curves, tables and strategies of an evaluation, as its answer shows them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import numpy as np

from evaluation.arrays import Floats
from evaluation.calibration_line import calibration_line
from evaluation.confusion import Confusion
from evaluation.cuts import (
    Curve,
    Cuts,
    approval,
    average_precision,
    cheapest,
    cost,
    cuts,
    gain,
    precision_recall,
    roc,
)
from evaluation.deciles import decile_table
from evaluation.probability import calibration_bins
from laboratory.plan import CostWeights

MOST_POINTS: Final = 200
NEAREST: Final = 1e-12
"""PDs of 0 and 1 have no log-odds: the line takes them for so much more or less."""


def drawn(outcomes: Floats, pd: Floats, threshold: float, weights: CostWeights, confidence: float) -> dict[str, Any]:
    """Curves of at most 200 points, the decile table, calibration, and what each threshold would cost.

    A curve that the rows cannot have (one class only) is None.
    """
    found = cuts(outcomes, pd)
    one_class, nobody = outcomes.min() == outcomes.max(), not outcomes.any()
    bins = [asdict(each) for each in calibration_bins(outcomes, pd)]
    return {
        "average_precision": average_precision(found),
        "curves": {
            "roc": None if one_class else _points(roc(found), "false_positive_rate", "true_positive_rate"),
            "precision_recall": None if nobody else _points(precision_recall(found), "recall", "precision"),
            "reliability": bins,
            "gain": None if nobody else _with_lift(gain(found)),
            "approval": _points(approval(found), "approval_rate", "default_rate_of_approved"),
            "cost": _points(cost(found, weights), "approval_rate", "cost"),
        },
        "deciles": [asdict(each) for each in decile_table(outcomes, pd, confidence=confidence)],
        "calibration": _calibration(outcomes, pd),
        "business_cost": _costs(found, outcomes, pd, threshold, weights),
    }


def _points(curve: Curve, x: str, y: str) -> dict[str, Any]:
    thin = curve.thinned(MOST_POINTS)
    return {"threshold": thin.threshold, x: thin.x, y: thin.y, "points_left_out": len(curve.x) - len(thin.x)}


def _with_lift(curve: Curve) -> dict[str, Any]:
    thin = curve.thinned(MOST_POINTS)
    lift = np.divide(thin.y, thin.x, out=np.full(len(thin.x), np.nan), where=thin.x > 0)
    return {"threshold": thin.threshold, "share_of_applicants": thin.x, "share_of_defaults": thin.y, "lift": lift}


def _calibration(outcomes: Floats, pd: Floats) -> dict[str, Any]:
    said: dict[str, Any] = {"mean_pd": float(pd.mean()), "default_rate": float(outcomes.mean())}
    line = None
    if outcomes.min() < outcomes.max():
        held = np.clip(pd, NEAREST, 1 - NEAREST)
        line = calibration_line(outcomes, np.log(held) - np.log1p(-held))
    return {**said, "intercept": line[0] if line else None, "slope": line[1] if line else None}


def _costs(found: Cuts, outcomes: Floats, pd: Floats, threshold: float, weights: CostWeights) -> dict[str, Any]:
    """What the threshold costs, what the best one would, and what deciding all alike would."""
    best, least = cheapest(found, weights)
    here = Confusion.of(outcomes, pd >= threshold).rate("cost", weights) or 0.0
    return {
        "threshold": threshold,
        "cost": here,
        "cost_per_applicant": here / len(outcomes),
        "best_threshold": best,
        "lowest_cost": least,
        "lowest_cost_per_applicant": least / len(outcomes),
        "approve_all": weights.false_negative * float(outcomes.sum()),
        "refuse_all": weights.false_positive * float((1 - outcomes).sum()),
        "note": "best_threshold was chosen on these very rows: on others it costs more than lowest_cost",
    }
