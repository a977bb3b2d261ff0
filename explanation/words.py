"""The sentences of an explanation: plain words and numbers, the same for the same prediction."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explanation.counterfactual import Alternative, Change
from explanation.levers import plain
from scoring.decision import Decision, Policy
from scoring.features import Said
from scoring.reasons import Contribution, Explanation
from scoring.record import Degradation, ErasedRecord, ScoreRecord

DECIDED: dict[str, str] = {"approve": "approved", "refer": "referred to a person", "decline": "declined"}
NOTICEABLE = 0.05
"""Points: less is 0.0 once it is rounded as scores are."""
MOST_NAMED = 3


def number(value: float) -> str:
    """A value as people write it: whole numbers without a point, thousands apart, at most four decimals."""
    if abs(value) >= 1e15:
        return f"{value:.3g}"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.4f}".rstrip("0").rstrip(".") if abs(value) >= 1e-3 else f"{value:.3g}"


def value(said: Said) -> str:
    """A value of an applicant: a number, the name of a category, or that it is not known."""
    if said is None:
        return "not known"
    return said if isinstance(said, str) else number(said)


def points(amount: float) -> str:
    """An amount of points without its sign, to one decimal."""
    text = number(round(abs(amount), 1))
    return f"{text} point{'' if text == '1' else 's'}"


def listed(parts: Sequence[str]) -> str:
    """Joined as in "a, b and c"."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def direction(amount: float) -> str:
    """Which way points moved the score."""
    if abs(amount) < NOTICEABLE:
        return "does not move the score"
    return "lowers the score" if amount < 0 else "raises the score"


def decided(record: ScoreRecord, policy: Policy | None, overridden: str | None) -> str:
    """What was decided, on which score, and what that was measured against."""
    text = f"Your application was {DECIDED[record.decision]}. Its score is {number(record.score)} points"
    if policy is not None:
        steps = [f"from {number(policy.approve_from)} on an application is approved"]
        if policy.refer_from < policy.approve_from:
            steps.append(f"from {number(policy.refer_from)} on a person looks at it")
        text += f"; {', '.join(steps)}, and below that it is declined"
    if overridden:
        text += f". A person has looked at it since: it is now {DECIDED[overridden]}"
    return f"{text}."


def most(decision: Decision, names: Sequence[str]) -> str:
    """What weighed most; `names` of features, the heaviest first."""
    way = "for" if decision == "approve" else "against"
    return f"What speaks most {way} it: {listed([*dict.fromkeys(names)][:MOST_NAMED])}."


def factor(part: Contribution, reason: str | None, name: str) -> str:
    """One factor: what it is, what it did to the score, and what was held of the person."""
    if abs(part.points) < NOTICEABLE:
        effect = "does not move the score"
    else:
        effect = f"takes {points(part.points)} away" if part.points < 0 else f"adds {points(part.points)}"
    if (
        part.points < 0 and reason and not name.lower().startswith(reason.lower())
    ):  # the reason is worded for a factor that speaks against the applicant
        return f"{reason}: this {effect} (your {name}: {value(part.value)})."
    return f"{name[:1].upper()}{name[1:]}: this {effect} (yours: {value(part.value)})."


def idle(count: int) -> str:
    """That so many other values changed nothing."""
    return f"{count} other values do not move the score."


def total(explanation: Explanation) -> str:
    """How the parts add up to the score."""
    amounts = [each.points for each in explanation.contributions]
    steps = []
    if less := math.fsum(each for each in amounts if each < 0):
        steps.append(f"{points(less)} less")
    if more := math.fsum(each for each in amounts if each > 0):
        steps.append(f"{points(more)} more")
    protected = explanation.protected_points
    if abs(protected) >= NOTICEABLE:
        way = "less" if protected < 0 else "more"
        steps.append(f"{points(protected)} {way} for protected characteristics, which are not told one by one")
    text = f"You are compared with a reference applicant of {points(explanation.base_points)}"
    if steps:
        text += f"; {listed(steps)} make {number(explanation.score)}"
    if abs(explanation.adjustment_points) >= 2 * NOTICEABLE:
        text += ", held to the ends of the scale"
    return f"{text}."


def not_used(degraded: Sequence[Degradation]) -> str:
    """Which models gave no answer."""
    names = listed([plain(each.model) for each in degraded])
    return f"The score was given without the model{'s' if len(degraded) > 1 else ''} {names}, which gave no answer."


def alternative(found: Alternative, decision: Decision) -> str:
    """What would have had to be otherwise, and what would have been decided."""
    return (
        f"Had {_changes(found.changes)}, your score would have been {number(found.score)} "
        f"and your application would have been {DECIDED[decision]}."
    )


def any_of(count: int) -> str:
    """What comes before the alternatives."""
    which = "The following" if count == 1 else "Any one of the following"
    return f"{which} would have changed the decision, all else being as it was."


def none_found(decision: Decision, at_once: int) -> str:
    """That nothing plausible would have been enough."""
    return (
        f"No change of up to {at_once} of these values, within what commonly occurs, would have been enough "
        f"for it to be {DECIDED[decision]}."
    )


def erased(record: ErasedRecord) -> str:
    """What can still be said of a prediction whose customer was erased."""
    return (
        f"Your application was {DECIDED[record.decision]}. The data behind this decision were erased on request, "
        "so that its reasons can no longer be given."
    )


def _changes(changes: Sequence[Change]) -> str:
    told: list[str] = []
    for each in changes:
        verb = "" if told else "been "
        held = each.lever.value
        before = "(it was not known)" if math.isnan(held) else f"instead of {value(each.lever.said(held))}"
        told.append(f"{each.lever.name} {verb}{value(each.lever.said(each.value))} {before}")
    return listed(told)
