"""The whole check: features, predictions and outcomes of a reference against current ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from evaluation.arrays import Floats
from monitoring.drift import findings
from monitoring.drift.characteristics import FeatureDrift, PointShift, characteristics
from monitoring.drift.columns import Both
from monitoring.drift.expected import Expected, expected_performance
from monitoring.drift.granted import reach, within
from monitoring.drift.options import Options
from monitoring.drift.performance import ModelDrift, model_drift
from monitoring.drift.predictions import PredictionDrift, prediction_drift
from monitoring.drift.verdicts import RANK, WORSE, Finding, Severity, Verdict, gravest, worst

CORRECTED = (
    "A feature has changed when a test says so after all tests of all features were counted together (p_adjusted < "
    "significance); PSI says how much. A change beyond chance with PSI below watch_from is to be watched, one above is "
    "drift."
)
FAMILIES = (
    "Features, predictions and outcomes are three families of tests: where nothing changed, each raises an alarm in "
    "about significance of all checks, or fewer."
)
GRANTED = (
    "Current outcomes are known up to a PD of {:.3f}, as where only loans that were granted have one: the model was "
    "judged on people up to that PD on both sides, and nothing is known of the others."
)


@dataclass(frozen=True, eq=False)
class Side:
    """`pds` [N] of [0, 1] and `outcomes` [N], 1 = default, NaN = not known; None where they were not given."""

    n: int
    pds: Floats | None = None
    outcomes: Floats | None = None


@dataclass(frozen=True, slots=True)
class DriftReport:
    """`verdict`: the gravest of the findings; None when nothing could be judged. `notes`: how far it reaches."""

    verdict: Verdict | None
    severity: Severity
    summary: str
    n_reference: int
    n_current: int
    findings: tuple[Finding, ...]
    features: tuple[FeatureDrift, ...]
    prediction: PredictionDrift | None
    model: ModelDrift | None
    expected: Expected | None
    options: Options
    notes: tuple[str, ...]


def drift(
    features: Mapping[str, Both],
    reference: Side,
    current: Side,
    options: Options,
    points: Mapping[str, PointShift] | None = None,
) -> DriftReport:
    """Compare two sides, as far as what was given allows. `points`: what each feature's change does to the score."""
    judged = characteristics(features, options)
    if points:
        judged = tuple(replace(each, points=points.get(each.feature)) for each in judged)
    prediction = model = expected = None
    if reference.pds is not None and current.pds is not None:
        prediction = prediction_drift(reference.pds, current.pds, options)
    notes = [CORRECTED, FAMILIES]
    if reference.outcomes is not None and current.outcomes is not None:
        before, now = (reference.outcomes, reference.pds), (current.outcomes, current.pds)
        if (furthest := reach(before, now)) is not None:
            before, now = within(before, furthest), within(now, furthest)
            notes.append(GRANTED.format(furthest))
        model = model_drift(before, now, options)
    if current.pds is not None:
        expected = expected_performance(current.pds, reference.pds, options)
    found = [*findings.of_columns(features)]
    found += [finding for each in judged for finding in findings.of_feature(each)]
    if prediction:
        found += findings.of_predictions(prediction)
    if model:
        found += findings.of_model(model, options)
    if expected:
        found += findings.of_expected(expected, options)
    found.sort(key=lambda each: (-RANK[each.verdict], -WORSE[each.severity]))
    verdicts: list[Verdict | None] = [each.verdict for each in found]
    verdicts += [each.verdict for each in judged]
    verdicts += [prediction.verdict] if prediction else []
    verdicts += [model.verdict] if model else []
    verdict = worst(verdicts)
    return DriftReport(
        verdict=verdict,
        severity=gravest(each.severity for each in found),
        summary=_summary(verdict, found, len(judged)),
        n_reference=reference.n,
        n_current=current.n,
        findings=tuple(found),
        features=judged,
        prediction=prediction,
        model=model,
        expected=expected,
        options=options,
        notes=tuple(notes),
    )


def nothing_to_compare(reference: Side, options: Options) -> DriftReport:
    """The report on no current rows at all."""
    says = "no request of this version in the period"
    advice = "Do nothing, or look at a longer period; where requests should be there, find out why they are not."
    finding = Finding("model", None, "none", says, "nothing", advice)
    return DriftReport(
        None, "none", f"Nothing could be judged: {says}.", reference.n, 0, (finding,), (), None, None, None, options, ()
    )


def _summary(verdict: Verdict | None, found: list[Finding], n_features: int) -> str:
    if verdict is None:
        return "Nothing could be judged: there are too few rows or values. Do nothing, or collect more."
    if verdict == "none":
        return f"No drift beyond chance in {n_features:,} features and what else was given. Do nothing."
    about = list(dict.fromkeys(each.about for each in found if each.verdict == verdict))
    more = f" and {len(about) - 5:,} more" if len(about) > 5 else ""
    what = "Drift" if verdict == "drift" else "A small change"
    return f"{what} of {', '.join(about[:5])}{more}: see findings for what to do."
