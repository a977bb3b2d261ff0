"""From what is filed of predictions and customers to what auditors read: pure."""

from __future__ import annotations

from dataclasses import asdict

from api.render import Json, reasons
from explanation.person import PersonalExplanation, WouldHave
from routing.archive import Dossier, Event, EventKind, Filed, Hold, Receipt
from routing.audit import decision_in_force
from routing.outcomes import Noted, newest_outcome
from scoring.record import AnyRecord, ErasedRecord, ScoreRecord


def filed(found: Filed) -> Json:
    """A whole record with what became known later; of an erased one what is left."""
    record = found.record
    answer = {**_head(record), "route": record.route, "prediction_type": record.prediction_type}
    if isinstance(record, ErasedRecord):
        return {**answer, "models": [asdict(each) for each in record.models]}
    newest = newest_outcome(found.events)
    return {
        **answer,
        "decision_in_force": decision_in_force(found),
        "score": record.score,
        "probability_of_default": record.probability_of_default,
        "risk_level": record.risk_level,
        "score_band": record.score_band,
        "look_up": record.look_up,
        "asked": dict(record.asked),
        "models": [asdict(each) for each in record.models],
        "inputs": {model: dict(values) for model, values in record.inputs.items()},
        "degraded": [asdict(each) for each in record.degraded],
        **reasons(record.explanation),
        "provenance": dict(record.provenance),
        "outcome": _event(newest) if newest else None,
        "outcomes": _events(found, "outcome"),
        "overrides": _events(found, "override"),
        "shadows": _events(found, "shadow"),
    }


def noted(result: Noted) -> Json:
    """An outcome or an override as it is held now."""
    event = result.event
    return {
        "prediction_id": event.prediction_id,
        "customer_id": event.customer_id,
        **_event(event),
        "recorded": "before" if result.before else "now",
    }


def dossier(customer_id: str, found: Dossier) -> Json:
    """How a customer's data stand."""
    return {**hold(customer_id, found.hold), "receipts": [receipt(each) for each in found.receipts]}


def hold(customer_id: str, held: Hold | None) -> Json:
    """A customer's legal hold, or that there is none."""
    return {"customer_id": customer_id, "hold": asdict(held) if held else None}


def receipt(given: Receipt) -> Json:
    """The proof of an erasure."""
    return asdict(given)


def explanation(told: PersonalExplanation) -> Json:
    """The explanation for the person."""
    record = told.record
    answer = {**_head(record), "text": list(told.text)}
    if isinstance(record, ErasedRecord):
        return answer
    policy = told.policy
    return {
        **answer,
        "decision_in_force": told.overridden or record.decision,
        "score": record.score,
        "score_band": record.score_band,
        "risk_level": record.risk_level,
        "needed": {"approve": policy.approve_from, "refer": policy.refer_from} if policy else None,
        "factors": [asdict(each) for each in told.factors],
        "sum": _sum(told),
        "would_have_changed": [_would_have(each) for each in told.would_have],
        "nothing_would_have_changed": told.without_alternatives,
    }


def _head(record: AnyRecord) -> Json:
    return {
        "prediction_id": record.prediction_id,
        "customer_id": record.customer_id,
        "customer_type": record.customer_type,
        "timestamp": record.scored_at,
        "decision": record.decision,
        "erased": not isinstance(record, ScoreRecord),
    }


def _event(event: Event) -> Json:
    return {**(event.body or {}), "noted_at": event.at}


def _events(found: Filed, kind: EventKind) -> list[Json]:
    return [_event(each) for each in found.events if each.kind == kind and each.body is not None]


def _sum(told: PersonalExplanation) -> Json | None:
    """What adds up to the score, with the applicant that it is compared with."""
    parts = told.explanation
    if parts is None:
        return None
    return {
        "base_points": parts.base_points,
        "protected_points": parts.protected_points,
        "adjustment_points": parts.adjustment_points,
        "compared_with": {model: method.get("reference") for model, method in parts.methods.items()},
    }


def _would_have(each: WouldHave) -> Json:
    return {
        "decision": each.decision,
        "needed": each.needed,
        "score": each.found.score,
        "changes": [
            {
                "feature": change.lever.feature.name,
                "models": list(change.lever.models),
                "value": change.lever.said(change.lever.value),
                "instead": change.lever.said(change.value),
            }
            for change in each.found.changes
        ],
        "sentence": each.sentence,
    }
