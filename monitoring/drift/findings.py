"""What was found, in plain words, and what to do about each of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from monitoring.drift.characteristics import FeatureDrift
from monitoring.drift.columns import Both
from monitoring.drift.expected import Expected
from monitoring.drift.options import Options
from monitoring.drift.performance import LOWER_IS_BETTER, ModelDrift
from monitoring.drift.predictions import PredictionDrift
from monitoring.drift.verdicts import Finding

WORDS = {
    "auc_roc": "AUC",
    "gini": "Gini",
    "ks": "KS",
    "brier": "Brier score",
    "log_loss": "log loss",
    "f1": "F1",
}


def of_columns(features: Mapping[str, Both]) -> Iterator[Finding]:
    """Columns that only one side has."""
    for name, both in features.items():
        if both.current is None:
            yield Finding(
                name,
                "drift",
                "high",
                "the current rows do not have this column",
                "look at the source",
                "Look at the source of this feature: it no longer arrives, or has another name.",
            )
        elif both.reference is None:
            yield Finding(
                name,
                "watch",
                "low",
                "the reference does not have this column",
                "look at the source",
                "Find out why it arrives now; a model that was fitted without it makes no use of it.",
            )


def of_feature(found: FeatureDrift) -> Iterator[Finding]:
    """One feature, unless nothing changed."""
    if found.unsaid:
        yield Finding(found.feature, None, "none", found.unsaid, "nothing", f"Do nothing: {found.unsaid}.")
        return
    if found.verdict in (None, "none"):
        return
    says = _seen(found)
    if found.verdict == "watch":
        advice = "Watch it: the change is beyond chance, and small."
        yield Finding(found.feature, "watch", found.severity, says, "watch", advice)
        return
    advice = (
        f"Look at the source of {found.feature}: a change of its definition, of its unit or of who applies. If the "
        "change is real and lasts, and outcomes show the model worse, retrain on recent data."
    )
    yield Finding(found.feature, "drift", found.severity, says, "look at the source", advice)


def of_predictions(found: PredictionDrift) -> Iterator[Finding]:
    """The predictions, unless nothing changed."""
    if found.unsaid:
        yield Finding("predictions", None, "none", found.unsaid, "nothing", f"Do nothing: {found.unsaid}.")
        return
    if found.verdict in (None, "none"):
        return
    rates = found.approval_rate_reference.value, found.approval_rate_current.value
    says = (
        f"PSI of the PD {found.psi.value:.3f}, mean PD {found.mean_pd_reference:.3f} before and "
        f"{found.mean_pd_current:.3f} now, approved {rates[0]:.1%} before and {rates[1]:.1%} now"
    )
    if found.verdict == "watch":
        yield Finding("predictions", "watch", found.severity, says, "watch", "Watch it: beyond chance, and small.")
        return
    if found.approval_verdict == "drift":
        advice = (
            "Review the cut-off: it no longer approves the share that it was set for. First look at the features that "
            "drifted, for a fault of the data does the same."
        )
        yield Finding("predictions", "drift", found.severity, says, "review the cut-off", advice)
        return
    advice = "Look at the features that drifted: the model is asked about other people, or about other data of them."
    yield Finding("predictions", "drift", found.severity, says, "look at the source", advice)


def of_model(found: ModelDrift, options: Options) -> Iterator[Finding]:
    """What outcomes say."""
    if found.outcomes is not None:
        change = found.outcomes.default_rate_change
        if change.p_value < options.significance:
            before, now = found.outcomes.default_rate_reference.value, found.outcomes.default_rate_current.value
            says = f"default rate {before:.1%} before and {now:.1%} now, which chance does not explain"
            advice = "Find out whether other people were granted loans, or the same people default more or less often."
            yield Finding("outcomes", "watch", "low", says, "watch", advice)
    if found.unsaid:
        verdict = found.verdict
        yield Finding("model", verdict, "none", found.unsaid, "collect", "Wait for more outcomes.")
        return
    drifted = {name: each for name, each in found.metrics.items() if each.drifted}
    told = ", ".join(
        f"{WORDS.get(name, name)} {each.reference.value:.3f} before and {each.current.value:.3f} now "
        f"({each.worse_by or 0:.0%} worse)"
        for name, each in drifted.items()
    )
    moved = found.outcomes is not None and found.outcomes.calibration_moved
    if found.ranking_worse:
        advice = "Retrain on recent data: the model no longer tells good from bad customers as it did."
        yield Finding("model", "drift", found.severity, told, "retrain", advice)
    elif moved and found.outcomes is not None:
        gaps = found.outcomes.gap_reference, found.outcomes.gap_current
        gap = f"default rate less mean PD {gaps[0]:+.3f} before, {gaps[1]:+.3f} now"
        advice = "Recalibrate: the order of the customers still holds, the level of the PDs does not."
        yield Finding("model", "drift", found.severity, f"{gap}{f'; {told}' if told else ''}", "recalibrate", advice)
    elif drifted:
        if set(drifted) <= LOWER_IS_BETTER:
            advice = "Find out why more or fewer customers default: ranking and level of the PDs have not moved."
            yield Finding("model", "drift", found.severity, told, "watch", advice)
        else:
            advice = "Review the cut-off: ranking and level of the PDs hold, the decisions at the threshold do not."
            yield Finding("model", "drift", found.severity, told, "review the cut-off", advice)
    unsure = {name: each for name, each in found.metrics.items() if each.beyond_tolerance and not each.beyond_chance}
    if unsure:
        names = ", ".join(f"{WORDS.get(name, name)} {each.worse_by or 0:.0%}" for name, each in unsure.items())
        says = f"worse by more than {options.tolerance:.0%}, but not beyond chance: {names}"
        advice = f"Wait for more outcomes: {found.n_current:,} do not tell this from chance."
        yield Finding("model", "none", "none", says, "collect", advice)


def of_expected(found: Expected, options: Options) -> Iterator[Finding]:
    """What the PDs themselves lead to expect, held against what they did on the reference side."""
    if found.unsaid or not found.on_reference:
        return
    before, now = found.on_reference.get("auc_roc"), found.metrics.get("auc_roc")
    if before and now and before.value - now.value > options.tolerance * before.value and now.high < before.low:
        says = f"AUC to be expected {before.value:.3f} before and {now.value:.3f} now, if the PDs are right"
        advice = "Watch the first outcomes: today's applicants are harder to tell apart for this model."
        yield Finding("model", "watch", "low", says, "watch", advice)


def _seen(found: FeatureDrift) -> str:
    parts = []
    if found.csi is not None:
        parts.append(f"PSI {found.csi.value:.3f} (by chance up to {found.csi.by_chance_95:.3f})")
    if found.direction in ("up", "down") and found.reference and found.current:
        parts.append(f"median {_short(found.reference.median)} before and {_short(found.current.median)} now")
    if found.missing_reference != found.missing_current:
        parts.append(f"missing {found.missing_reference:.1%} before and {found.missing_current:.1%} now")
    if found.n_new:
        parts.append(f"new categories: {found.n_new:,}")
    if found.n_vanished:
        parts.append(f"categories no longer there: {found.n_vanished:,}")
    if found.points is not None:
        parts.append(f"{found.points.value:+.1f} points for the mean score")
    return ", ".join(parts)


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
