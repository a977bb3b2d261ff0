"""Cox's calibration line of predictions that serve already; `evaluation.calibration` fits models before they do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evaluation.arrays import both_classes

MOST_STEPS = 100
LARGEST_LOG_ODDS = 700.0
"""exp of it is still a float."""


def calibration_line(defaulted: npt.ArrayLike, log_odds: npt.ArrayLike) -> tuple[float, float] | None:
    """(intercept, slope) of logit(PD) = intercept + slope x log_odds by maximum likelihood; (0, 1) is calibrated.

    None where no such line exists: all log-odds are equal, or a threshold parts the classes without fault.
    By Newton's method with halved steps; D. R. Cox, Biometrika 45 (1958) 562-565. ValueError without both classes.
    """
    outcomes, values = both_classes(defaulted, log_odds)
    bad, good = values[outcomes == 1], values[outcomes == 0]
    if values.min() == values.max() or bad.min() >= good.max() or bad.max() <= good.min():
        return None
    centre, scale = values.mean(), values.std()
    design = np.column_stack([np.ones(len(values)), (values - centre) / scale])

    def loss(line: npt.NDArray[np.float64]) -> float:
        linear = design @ line
        return float(np.mean(np.logaddexp(0, linear) - outcomes * linear))

    line = np.array([np.log(outcomes.mean() / (1 - outcomes.mean())), 0.0])
    for _ in range(MOST_STEPS):
        fitted = 1 / (1 + np.exp(-np.clip(design @ line, -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS)))
        weighted = design * (fitted * (1 - fitted))[:, None]
        step = np.linalg.lstsq(weighted.T @ design, design.T @ (outcomes - fitted), rcond=None)[0]
        while loss(line + step) > loss(line) and np.abs(step).max() > 1e-12:
            step = step / 2
        line = line + step
        if np.abs(step).max() < 1e-12:
            break
    slope = line[1] / scale
    return float(line[0] - slope * centre), float(slope)
