"""Logistic calibration: the line that turns log-odds into the log-odds that really happen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from evaluation.arrays import Floats, both_classes


def logistic_line(
    defaulted: npt.ArrayLike, log_odds: Sequence[npt.ArrayLike], lowest_slope: float | None = None
) -> tuple[float, Floats]:
    """(a, b) that maximise the likelihood of logit(PD) = a + sum over k of b_k x log_odds_k, each b_k >= lowest_slope.

    `log_odds`: K vectors [N]; the slopes come back as [K]. For K = 1 it is Cox's calibration line
    (D. R. Cox, Biometrika 45 (1958) 562-565): a calibrated prediction has intercept 0 and slope 1; a slope below 1
    means that it is too sure of itself. ValueError without both classes.
    """
    vectors = [both_classes(defaulted, vector) for vector in log_odds]
    outcomes = vectors[0][0]
    columns = np.column_stack([values for _, values in vectors])
    centre = columns.mean(axis=0)  # the intercept of centred columns hardly depends on the slopes: few iterations
    design = np.column_stack([np.ones(len(columns)), columns - centre])

    def loss(line: Floats) -> tuple[float, Floats]:
        linear = design @ line
        value = np.mean(np.logaddexp(0, linear) - outcomes * linear)
        return float(value), design.T @ (expit(linear) - outcomes) / len(outcomes)

    rate = outcomes.mean()
    start = np.concatenate([[np.log(rate / (1 - rate))], np.full(columns.shape[1], 1 / columns.shape[1])])
    bounds = [(None, None)] + [(lowest_slope, None)] * columns.shape[1]
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-9})
    slopes = np.asarray(found.x[1:], dtype=np.float64)
    return float(found.x[0] - slopes @ centre), slopes
