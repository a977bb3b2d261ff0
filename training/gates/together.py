"""Gates of a route's decisions: calibration, the 80% test, stability of its scores against the champions'."""

from __future__ import annotations

import numpy as np
from pydantic import JsonValue

from evaluation.arrays import Floats
from evaluation.calibration import logistic_line
from evaluation.intervals import half_width
from evaluation.probability import expected_calibration_error
from evaluation.stability import psi
from model_store.validation import ValidationSet
from routing.routes import Routes
from training.decided import Decided
from training.fairness import eighty_percent_test
from training.gates.examiner import Examiner, check_outcomes
from training.gates.result import CannotJudge, GateResult, cannot_be_judged
from training.gates.team import Team
from training.gates.versus import NO_CHAMPION
from training.thresholds import Thresholds


def of_route(team: Team, examiner: Examiner, routes: Routes, limits: Thresholds) -> list[GateResult]:
    """All gates of a route, or of a model of it that can only be judged alone."""
    try:
        held = team.held(examiner)
        decided = team.decided(examiner, routes)
    except CannotJudge as error:
        return [cannot_be_judged(gate, team.subject, error) for gate in ("calibration", "fairness", "psi")]
    return [
        calibration(team.subject, held, decided, limits),
        *fairness(team.subject, held, decided, limits),
        stability(team, examiner, routes, decided, limits),
    ]


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


def fairness(subject: str, held: ValidationSet, decided: Decided, limits: Thresholds) -> list[GateResult]:
    """The 80% test of who is approved at once, for each sensitive attribute."""
    if not held.sensitive:
        nothing = CannotJudge("the validation set names no sensitive attribute")
        return [cannot_be_judged("fairness", subject, nothing)]
    results = []
    for attribute, groups in held.sensitive.items():
        found = eighty_percent_test(attribute, groups, decided.approved, limits)
        ratio = found.ratio
        told = found.explanation if ratio else f"cannot be judged: {found.explanation}"
        figures: dict[str, JsonValue] = {
            "attribute": attribute,
            "groups": {group: {"n": rate.n, "approval_rate": rate.rate} for group, rate in found.rates.items()},
            "impact_ratio": ratio.value if ratio else None,
            "low": ratio.low if ratio else None,
            "high": ratio.high if ratio else None,
        }
        results.append(GateResult("fairness", subject, found.verdict == "passes", f"{attribute}: {told}", figures))
    return results


def stability(team: Team, examiner: Examiner, routes: Routes, decided: Decided, limits: Thresholds) -> GateResult:
    """Scores that lie where the champions' lie: cut-offs and capital were set on those."""
    try:
        before = team.decided_by_champions(examiner, routes)
    except CannotJudge as error:
        return cannot_be_judged("psi", team.subject, error)
    if before is None:
        return GateResult("psi", team.subject, passed=True, reason=NO_CHAMPION)
    index = psi(before.points, decided.points)
    verdict = (
        f"above {limits.psi_refuses:g}: a shifted population of scores"
        if index > limits.psi_refuses
        else f"above {limits.psi_warns:g}: worth a look"
        if index > limits.psi_warns
        else f"at most {limits.psi_warns:g}"
    )
    approved = float(before.approved.mean()), float(decided.approved.mean())
    told = f"PSI {index:.3f}, {verdict}; {approved[0]:.1%} were approved, {approved[1]:.1%} would be"
    figures = {
        "psi": index,
        "approved_before": approved[0],
        "approved_after": approved[1],
        "mean_score_before": float(before.points.mean()),
        "mean_score_after": float(decided.points.mean()),
    }
    return GateResult("psi", team.subject, index <= limits.psi_refuses, told, figures)


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
