"""The gate of a route's calibration."""

from __future__ import annotations

import numpy as np
from pydantic import JsonValue

from evaluation.arrays import Floats
from evaluation.calibration import logistic_line
from evaluation.intervals import half_width
from evaluation.probability import expected_calibration_error
from model_store.validation import ValidationSet
from training.decided import Decided
from training.gates.examiner import check_outcomes
from training.gates.result import CannotJudge, GateResult, cannot_be_judged
from training.thresholds import Thresholds


def calibration(subject: str, held: ValidationSet, decided: Decided, limits: Thresholds) -> GateResult:
    """Probabilities of default that come true on the whole, and spread as widely as risks do, within what chance does.

    The error alone would miss a route whose PDs all lie too near to the mean: where few default, that moves none far.
    """
    try:
        check_outcomes(held, limits.fewest_per_class)
    except CannotJudge as error:
        return cannot_be_judged("calibration", subject, error)
    pd, defaulted = decided.pd, held.defaulted
    found, by_chance = expected_calibration_error(defaulted, pd), _error_by_chance(pd, limits)
    allowed = by_chance + limits.calibration_allowance * float(defaulted.mean())
    slope = float(logistic_line(defaulted, [decided.log_odds])[1][0])
    margin = half_width(_slope_variance(decided), limits.confidence) + limits.slope_allowance
    figures: dict[str, JsonValue] = {
        "expected_calibration_error": found,
        "allowed": allowed,
        "by_chance": by_chance,
        "slope": slope,
        "slope_margin": margin,
        "mean_pd": float(pd.mean()),
        "default_rate": float(defaulted.mean()),
    }
    told = (
        f"expected calibration error {found:.4f}, allowed {allowed:.4f} (a perfect PD stays below {by_chance:.4f} "
        f"on as many customers); calibration slope {slope:.2f}, allowed {1 - margin:.2f} to {1 + margin:.2f}; "
        f"mean PD {pd.mean():.2%}, {defaulted.mean():.2%} defaulted"
    )
    return GateResult("calibration", subject, found <= allowed and abs(slope - 1) <= margin, told, figures)


def _error_by_chance(pd: Floats, limits: Thresholds) -> float:
    """The calibration error that these PDs, if they were exactly right, would stay below: simulated, always alike."""
    generator = np.random.default_rng(0)
    errors = [
        expected_calibration_error((generator.random(len(pd)) < pd).astype(np.float64), pd)
        for _ in range(limits.calibration_draws)
    ]
    return float(np.quantile(errors, limits.confidence))


def _slope_variance(decided: Decided) -> float:
    """Of the calibration slope when the PDs are right: from the Fisher information of Cox's line at (0, 1)."""
    weight = decided.pd * (1 - decided.pd)
    total, first, second = (float((weight * decided.log_odds**power).sum()) for power in (0, 1, 2))
    determinant = total * second - first**2
    return total / determinant if determinant > 0 else np.inf
