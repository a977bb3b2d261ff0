"""Gates of one model against the champion, on the candidate's validation set: AUC and Brier score, paired."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from evaluation.arrays import Floats
from evaluation.discrimination import auc, auc_difference
from evaluation.intervals import Difference
from evaluation.probability import brier, brier_difference
from model_store.manifest import Manifest
from training.gates.examiner import Examiner, alone, check_outcomes
from training.gates.lineup import Candidate
from training.gates.result import CannotJudge, GateResult, cannot_be_judged
from training.thresholds import Thresholds

NO_CHAMPION = "does not apply: there is no champion to compare with"


def against_champion(examiner: Examiner, candidate: Candidate, limits: Thresholds) -> list[GateResult]:
    """Whether it ranks and estimates no worse than the champion, beyond what chance explains.

    Both models score the same customers, each as it answers alone, so the interval is of their difference.
    """
    reference, champion = candidate.reference, candidate.champion
    try:
        held = examiner.held(candidate.manifest)
        check_outcomes(held, limits.fewest_per_class)
        ours = alone(candidate.manifest, examiner.own_log_odds(candidate.manifest))
        if champion is None:
            return [GateResult(gate, reference, passed=True, reason=NO_CHAMPION) for gate in ("auc", "brier")]
        theirs = alone(champion, examiner.of_the_same(champion, candidate.manifest))
    except CannotJudge as error:
        return [cannot_be_judged(gate, reference, error) for gate in ("auc", "brier")]
    outcomes, ours_pd, theirs_pd = held.defaulted, _pd(ours), _pd(theirs)
    ranked = auc_difference(outcomes, ours, theirs, limits.confidence)
    squared = brier_difference(outcomes, ours_pd, theirs_pd, limits.confidence)
    areas = auc(outcomes, ours).value, auc(outcomes, theirs).value
    briers = brier(outcomes, ours_pd), brier(outcomes, theirs_pd)
    return [
        _compared("auc", "AUC", candidate, champion, areas, ranked, -ranked.value, limits),
        _compared("brier", "Brier score", candidate, champion, briers, squared, squared.value, limits),
    ]


def _compared(
    gate: str,
    measure: str,
    candidate: Candidate,
    champion: Manifest,
    values: tuple[float, float],
    found: Difference,
    loss: float,
    limits: Thresholds,
) -> GateResult:
    """`loss`: by how much the candidate is worse; it must be beyond chance and beyond the margin to be refused."""
    is_significant = loss > 0 and not found.low <= 0 <= found.high
    is_worse = is_significant and loss > (limits.auc_margin if gate == "auc" else limits.brier_margin)
    told = (
        f"{measure} {values[0]:.4f}, of the champion {champion.version} {values[1]:.4f}: a difference of "
        f"{found.value:+.4f} ({limits.confidence:.0%} interval {found.low:+.4f} to {found.high:+.4f})"
    )
    if is_worse:
        told += ", worse beyond chance"
    else:
        told += ", worse by too little to matter" if is_significant else ", not worse beyond chance"
    figures = {
        "candidate": values[0],
        "champion": values[1],
        "difference": found.value,
        "low": found.low,
        "high": found.high,
        "p_value": found.p_value,
    }
    return GateResult(gate, candidate.reference, not is_worse, told, figures)


def _pd(log_odds: Floats) -> Floats:
    return np.asarray(expit(log_odds), dtype=np.float64)
