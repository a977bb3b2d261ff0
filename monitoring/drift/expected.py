"""How well the model is to be expected to do on people whose outcomes are not known yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from evaluation.arrays import Floats
from evaluation.discrimination import auc
from evaluation.intervals import Estimate, z_of
from monitoring.drift.options import FEWEST_VALUES, Options

ASSUMPTION: Final = (
    "The PDs are taken at their word: the figures hold if they are calibrated for today's people. They show what other "
    "people make of the same model (covariate shift); that the same people now default more or less often (concept "
    "drift) is not seen, and only outcomes show it."
)
MOST_DRAWS, FEWEST_DRAWS, ROWS_DRAWN = 200, 40, 2_000_000


@dataclass(frozen=True, slots=True)
class Expected:
    """Expected figures of M rows, each with the interval that 95 of 100 realised ones lie in.

    `metrics` and the same for the reference side, `on_reference`, or None. `unsaid`: why nothing is expected.
    """

    n: int
    metrics: Mapping[str, Estimate]
    on_reference: Mapping[str, Estimate] | None
    assumption: str
    unsaid: str | None = None


def expected_performance(current: Floats, reference: Floats | None, options: Options) -> Expected:
    """Confidence-based performance estimation (CBPE) from PDs [M] of [0, 1].

    Each row counts as a default with weight PD and as none with weight 1 - PD. Source: NannyML's documentation, "How
    it works: performance estimation", and J. Bialek et al., arXiv:2401.08348 (2024). The intervals are of realised
    figures when outcomes are drawn from the PDs.
    """
    if len(current) < FEWEST_VALUES:
        unsaid = f"too few predictions ({len(current):,}; {FEWEST_VALUES} are needed)"
        return Expected(len(current), {}, None, ASSUMPTION, unsaid)
    enough = reference is not None and len(reference) >= FEWEST_VALUES
    before = _figures(reference, options) if enough and reference is not None else None
    return Expected(len(current), _figures(current, options), before, ASSUMPTION)


def _figures(pd: Floats, options: Options) -> dict[str, Estimate]:
    expected_default = pd >= options.threshold
    right = np.where(expected_default, pd, 1 - pd)
    spread = pd * (1 - pd)
    found = {
        "default_rate": _of_mean(pd, spread, 0.0, 1.0),
        "accuracy": _of_mean(right, spread, 0.0, 1.0),
        "brier": _of_mean(spread, spread * (1 - 2 * pd) ** 2, 0.0, 1.0),
    }
    approved = ~expected_default
    if approved.any():
        found["default_rate_of_approved"] = _of_mean(pd[approved], spread[approved], 0.0, 1.0)
    if (area := expected_auc(pd)) is not None:
        drawn = _drawn_areas(pd, options.seed)
        low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) else (area, area)
        found["auc_roc"] = Estimate(area, min(float(low), area), max(float(high), area))
        found["gini"] = Estimate(2 * area - 1, 2 * found["auc_roc"].low - 1, 2 * found["auc_roc"].high - 1)
    return found


def expected_auc(pd: Floats) -> float | None:
    """Sum over pairs i != j of PD_i (1 - PD_j) [PD_i > PD_j, an equal one counting half], of all such weights.

    None where nobody can default, or everybody must.
    """
    values, at = np.unique(pd, return_inverse=True)
    bad, good = np.bincount(at, pd, len(values)), np.bincount(at, 1 - pd, len(values))
    below = np.cumsum(good) - good
    own = float((pd * (1 - pd)).sum())  # nobody is compared with themselves
    pairs = float(bad.sum() * good.sum()) - own
    if pairs <= 0:
        return None
    return float(((bad * (below + good / 2)).sum() - own / 2) / pairs)


def _of_mean(values: Floats, variances: Floats, low: float, high: float) -> Estimate:
    """The mean of independent figures with its normal interval, held to [low, high]."""
    mean, half = float(values.mean()), z_of(0.95) * float(np.sqrt(variances.sum())) / len(values)
    return Estimate(mean, max(mean - half, low), min(mean + half, high))


def _drawn_areas(pd: Floats, seed: int) -> Floats:
    generator = np.random.default_rng(seed)
    areas = []
    for _ in range(int(np.clip(ROWS_DRAWN // len(pd), FEWEST_DRAWS, MOST_DRAWS))):
        outcomes = (generator.random(len(pd)) < pd).astype(np.float64)
        if 0 < outcomes.sum() < len(pd):
            areas.append(auc(outcomes, pd).value)
    return np.array(areas)
