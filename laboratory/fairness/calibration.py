"""Whether a probability means the same in every group."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from evaluation.arrays import Floats
from evaluation.fairness import SMALLEST_GROUP
from evaluation.intervals import difference, wilson
from evaluation.probability import calibration_bins, expected_calibration_error
from laboratory.fairness.attributes import Attribute
from laboratory.fairness.measures import of_the_farthest

BINS: Final = 5
NAME: Final = "calibration"
DIFFERENCE: Final = "calibration_gap_difference"


@dataclass(frozen=True)
class Calibration:
    """What is said of each group [G], and of the two that are farthest apart; None where nothing can be said."""

    groups: list[dict[str, Any] | None]
    difference: dict[str, Any] | None
    not_said: dict[str, str]


def calibration(
    attribute: Attribute, labels: Floats | None, probability: Floats | None, confidence: float
) -> Calibration:
    """Calibration within groups: mean probability of a label of 1 against how often it was 1, and their gap.

    J. Kleinberg, S. Mullainathan, M. Raghavan, ITCS 8 (2017): where base rates differ it is at odds with equal error
    rates. The interval of a gap is the normal one of a mean. `labels` [N] and `probability` [N] of a label of 1.
    """
    missing = [name for name, value in (("labels", labels), ("probabilities", probability)) if value is None]
    if labels is None or probability is None:
        reason = f"it needs {' and '.join(missing)}"
        return Calibration([None] * len(attribute.names), None, {NAME: reason, DIFFERENCE: reason})
    groups: list[dict[str, Any] | None] = []
    gaps: list[tuple[float, float]] = []
    for i in range(len(attribute.names)):
        rows = attribute.group == i
        truth, said = labels[rows], probability[rows]
        n, apart = len(truth), said - truth
        variance = float(apart.var(ddof=1) / n) if n > 1 else np.nan
        gaps.append((float(apart.mean()), variance))
        groups.append(
            {
                "mean_probability": float(said.mean()),
                "observed_rate": asdict(wilson(int(truth.sum()), n, confidence)),
                "gap": _gap(float(apart.mean()), variance, confidence),
                "expected_calibration_error": float(expected_calibration_error(truth, said)),
                "bins": [asdict(each) for each in calibration_bins(truth, said, BINS)] if n >= SMALLEST_GROUP else None,
            }
        )
    return Calibration(groups, *_farthest(attribute, gaps, confidence))


def _gap(value: float, variance: float, confidence: float) -> dict[str, Any]:
    if np.isnan(variance):
        return {"value": value, "low": None, "high": None}
    found = difference(value, variance, confidence)
    return {"value": found.value, "low": found.low, "high": found.high}


def _farthest(
    attribute: Attribute, gaps: list[tuple[float, float]], confidence: float
) -> tuple[dict[str, Any] | None, dict[str, str]]:
    if len(gaps) < 2:
        return None, {DIFFERENCE: "it needs two groups"}
    values = [value for value, _ in gaps]
    lowest, highest = int(np.argmin(values)), int(np.argmax(values))
    variance = gaps[highest][1] + gaps[lowest][1]
    found = _gap(values[highest] - values[lowest], variance, of_the_farthest(confidence, len(gaps)))
    return {**found, "lowest": attribute.names[lowest], "highest": attribute.names[highest]}, {}
