"""Gates of a route's decisions: calibration, the 80% test, stability of its scores against the champions'."""

from __future__ import annotations

from pydantic import JsonValue

from evaluation.stability import psi
from model_store.validation import ValidationSet
from routing.routes import Routes
from training.decided import Decided
from training.fairness import eighty_percent_test
from training.gates.calibrated import calibration
from training.gates.examiner import Examiner
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
        *fairness(team.subject, held, decided, team.cut_off(routes), limits),
        stability(team, examiner, routes, decided, limits),
    ]


def fairness(subject: str, held: ValidationSet, decided: Decided, cut_off: str, limits: Thresholds) -> list[GateResult]:
    """The 80% test of who is approved at once, for each sensitive attribute; `cut_off` says from where on that is."""
    if not held.sensitive:
        nothing = CannotJudge("the validation set names no sensitive attribute")
        return [cannot_be_judged("fairness", subject, nothing)]
    results = []
    for attribute, groups in held.sensitive.items():
        found = eighty_percent_test(attribute, groups, decided.approved, limits)
        ratio = found.ratio
        told = found.explanation if ratio else f"cannot be judged: {found.explanation}; {cut_off}"
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
