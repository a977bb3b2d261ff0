"""Making the scores of all routes mean the same risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from evaluation.arrays import Floats
from evaluation.calibration import logistic_line
from scoring.scale import ScoreScale

LOWEST_SLOPE = 0.05
"""No model's direction is turned or wiped out by the others of its route: its slope stays above this."""
OFFSET_PRICE = 0.02
"""An offset of every customer's model scores is as bad as a score held back by as much for one customer in fifty."""


@dataclass(frozen=True, slots=True)
class Line:
    """log-odds' = intercept + slope x log-odds."""

    intercept: float
    slope: float

    def __call__(self, log_odds: Floats) -> Floats:
        """The line at each of [N] log-odds."""
        return self.intercept + self.slope * log_odds


@dataclass(frozen=True, slots=True)
class Calibration:
    """The two lines of a model.

    `served` turns its own log-odds into those it is served with; `alone` turns these into what they are worth when no
    other model of its route answers.
    """

    served: Line
    alone: Line


def calibrate_route(
    log_odds: Mapping[str, Floats], weights: Mapping[str, float], defaulted: Floats, scale: ScoreScale
) -> dict[str, Calibration]:
    """Calibrate the models of one route together, on customers they were not fitted on.

    log_odds: model -> [N]; weights: model -> share (they sum to 1); defaulted: [N].

    A mean of models that are each calibrated is too timid: two independent bad signs are worse than their mean. So the
    route is fitted as a whole, logit(PD) = a + sum of b_k x l_k, and model k gets the slope b_k / weight_k: the
    weighted mean of what the models then say is the fitted route. Only the weighted sum of the intercepts is
    determined; see `_offsets` for the rest. `alone` undoes all this: it leads to the model's own calibration line.
    """
    names, shares = list(weights), np.array(list(weights.values()))
    outputs = np.stack([log_odds[name] for name in names])
    intercept, joint = logistic_line(defaulted, list(outputs), LOWEST_SLOPE)
    if len(names) == 1:
        return {names[0]: Calibration(Line(intercept, float(joint[0])), alone=Line(0.0, 1.0))}
    slopes = joint / shares
    centred = intercept + joint @ outputs.mean(axis=1) + slopes[:, None] * (outputs - outputs.mean(axis=1)[:, None])
    intercepts = (centred - slopes[:, None] * outputs).mean(axis=1) + _offsets(centred, shares, scale)
    calibrations = {}
    for name, output, served_intercept, slope in zip(names, outputs, intercepts, slopes, strict=True):
        own_intercept, own_slope = logistic_line(defaulted, [output], LOWEST_SLOPE)
        back = own_slope[0] / slope
        calibrations[name] = Calibration(
            served=Line(float(served_intercept), float(slope)),
            alone=Line(float(own_intercept - back * served_intercept), float(back)),
        )
    return calibrations


def _offsets(centred: Floats, shares: Floats, scale: ScoreScale) -> Floats:
    """What each model's log-odds are moved by; the weighted sum is 0, so the route's are not.

    `centred` [K, N]: each model's mean is the route's, so that a model's score compares with the route's. But a model's
    score is held to the ends of the scale before the mean is taken, and what is cut off is missing from the route's
    score. A model with a wide spread is therefore moved away from an end that it often reaches, at OFFSET_PRICE.
    """
    safest, riskiest = scale.log_odds(scale.high), scale.log_odds(scale.low)
    route = shares @ centred

    def cost(free: Floats) -> float:
        offsets = free - shares @ free
        held = shares @ np.clip(centred + offsets[:, None], safest, riskiest)
        return float(np.mean((held - np.clip(route, safest, riskiest)) ** 2) + OFFSET_PRICE * shares @ offsets**2)

    free = minimize(cost, np.zeros(len(shares)), method="L-BFGS-B").x
    return np.asarray(free - shares @ free, dtype=np.float64)
