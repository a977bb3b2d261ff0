"""The explanation of a decision for the person whom it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explanation import words
from explanation.counterfactual import MOST_CHANGES, Alternative, alternatives
from explanation.levers import STEPS, Lever, label, levers, plain
from explanation.rescoring import NotRepeatable, Rescoring
from routing.archive import Filed
from routing.audit import newest_override
from routing.catalog import ModelVersions
from scoring.decision import Decision, Policy
from scoring.errors import ModelUnavailable
from scoring.features import Said
from scoring.reasons import Contribution, Explanation
from scoring.record import AnyRecord, ErasedRecord, ScoreRecord

MOST_LEVERS, FEWEST_LEVERS = 30, 5
"""Features that are tried with other values, those first that took most points away: a model may have thousands."""
MOST_VALUES = 2_000_000
"""That the rows which are scored together may hold, as far as FEWEST_LEVERS allow: some 30 MB."""
OUT_OF_REACH = "its models are out of reach now"


@dataclass(frozen=True, slots=True)
class Factor:
    """One feature's part in the score; `value` and `points` as in `scoring.reasons.Contribution`."""

    feature: str
    model: str
    value: Said
    points: float
    direction: str
    sentence: str


@dataclass(frozen=True, slots=True)
class WouldHave:
    """Changes that would have led to `decision`, for which `needed` points are enough."""

    decision: Decision
    needed: float
    found: Alternative
    sentence: str


@dataclass(frozen=True, slots=True)
class PersonalExplanation:
    """All that is told; `text` is the whole of it in sentences.

    `policy` and `explanation`: None where they cannot be had any more. `without_alternatives`: why none were looked for
    or found, or None.
    """

    record: AnyRecord
    text: tuple[str, ...]
    overridden: str | None = None
    policy: Policy | None = None
    explanation: Explanation | None = None
    factors: tuple[Factor, ...] = ()
    would_have: tuple[WouldHave, ...] = ()
    without_alternatives: str | None = None


MOST_STILL = 12
"""Sentences about values that do not move the score; more are told in one."""


class Explainer:
    """Explains predictions from their records and the very versions that gave them. Safe to use from many threads."""

    def __init__(self, versions: ModelVersions) -> None:
        self._versions = versions

    def explain(self, filed: Filed) -> PersonalExplanation:
        """Explain one prediction. Raises ModelUnavailable where the record has no reasons and a model is needed."""
        record = filed.record
        if isinstance(record, ErasedRecord):
            return PersonalExplanation(record, (words.erased(record),))
        rescoring, why_not = self._rescoring(record)
        explanation = record.explanation or (rescoring.explanation() if rescoring else None)
        factors = _factors(record, explanation, rescoring)
        would_have: tuple[WouldHave, ...] = ()
        if record.decision == "approve":
            why_not = "the application was approved"
        elif rescoring:
            would_have, why_not = _would_have(record, rescoring, factors)
        policy = rescoring.policy if rescoring else None
        override = newest_override(filed.events)
        overridden = str(override.body["decision"]) if override and override.body else None
        text = [words.decided(record, policy, overridden), *_reasons(record, explanation, factors)]
        if would_have:
            text += [words.any_of(len(would_have)), *(each.sentence for each in would_have)]
        if record.decision != "approve" and why_not:
            text.append(why_not if rescoring else f"What would have changed the decision cannot be said: {why_not}.")
        return PersonalExplanation(record, tuple(text), overridden, policy, explanation, factors, would_have, why_not)

    def _rescoring(self, record: ScoreRecord) -> tuple[Rescoring | None, str | None]:
        """The models of the record at work again, or why not."""
        try:
            return Rescoring(record, self._versions), None
        except NotRepeatable as error:
            return None, str(error)
        except ModelUnavailable:
            if record.explanation is None:
                raise
            return None, OUT_OF_REACH


def _factors(record: ScoreRecord, explanation: Explanation | None, rescoring: Rescoring | None) -> tuple[Factor, ...]:
    """What moved the score; what speaks for the decision comes first, and the heaviest of it."""
    if explanation is None:
        return ()
    reasons: Mapping[tuple[str, str], str | None] = {
        (each.model, each.feature): each.description for each in explanation.reason_codes
    }
    if rescoring:
        reasons = {
            (name, each.name): each.reason for name, model in rescoring.models.items() for each in model.schema.features
        }
    named = Counter(each.feature for each in explanation.contributions)

    def told(part: Contribution) -> Factor:
        name = label(part.feature, part.model, is_alone=named[part.feature] == 1)
        sentence = words.factor(part, reasons.get((part.model, part.feature)), name)
        return Factor(part.feature, part.model, part.value, part.points, words.direction(part.points), sentence)

    ordered = sorted(explanation.contributions, key=lambda each: each.points, reverse=record.decision == "approve")
    return tuple(map(told, ordered))


def _reasons(record: ScoreRecord, explanation: Explanation | None, factors: Sequence[Factor]) -> list[str]:
    text = [words.not_used(record.degraded)] if record.degraded else []
    if explanation is None:
        return [*text, "What the score is made of can no longer be told."]
    sign = 1 if record.decision == "approve" else -1
    if heavy := [plain(each.feature) for each in factors if each.points * sign >= words.NOTICEABLE]:
        text.append(words.most(record.decision, heavy))
    still = [each for each in factors if abs(each.points) < words.NOTICEABLE]
    if len(still) <= MOST_STILL:
        return [*text, words.total(explanation), *(each.sentence for each in factors)]
    moving = [each.sentence for each in factors if abs(each.points) >= words.NOTICEABLE]
    return [*text, words.total(explanation), *moving, words.idle(len(still))]


def _would_have(
    record: ScoreRecord, rescoring: Rescoring, factors: Sequence[Factor]
) -> tuple[tuple[WouldHave, ...], str | None]:
    """The smallest changes that lead to each better decision, and what to say of those that none leads to."""
    policy = rescoring.policy
    goals: list[tuple[Decision, float]] = [("approve", policy.approve_from)]
    if record.decision == "decline" and policy.refer_from < policy.approve_from:
        goals.insert(0, ("refer", policy.refer_from))
    cost = {(each.model, each.feature): each.points for each in factors}

    def heaviest(lever: Lever) -> float:
        return min(cost.get((model, lever.feature.name), 0.0) for model in lever.models)

    moving = sorted(levers(rescoring.models, rescoring.inputs), key=heaviest)[: _most_levers(rescoring)]
    found: list[WouldHave] = []
    missed: list[Decision] = []
    for goal, needed in goals:
        some = alternatives(rescoring.inputs, moving, rescoring.scores, needed)
        missed += [] if some else [goal]
        for each in some:
            decision = policy.decision(each.score)
            found.append(WouldHave(decision, needed, each, words.alternative(each, decision)))
    why_not = words.none_found(missed[0], MOST_CHANGES) if missed else None
    return tuple({each.found.changes: each for each in found}.values()), why_not


def _most_levers(rescoring: Rescoring) -> int:
    width = sum(len(row) for row in rescoring.inputs.values())
    return min(MOST_LEVERS, max(FEWEST_LEVERS, MOST_VALUES // (STEPS * width)))
