"""Archived predictions with outcomes, overrides and shadow scores, as reports read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from routing.archive import Event, Filed
from scoring.decision import Policy
from scoring.identity import moment, stamp
from scoring.record import ErasedRecord, ModelScore, ScoreRecord
from scoring.scale import ScoreScale, pd_of
from tests.fakes.records import a_record

SCALE, POLICY = ScoreScale(), Policy()


def a_prediction(
    log_odds: float = -4.0,
    at: datetime = datetime(2025, 3, 10, 12, tzinfo=UTC),
    route: str = "routes.new",
    version: str = "1",
    **changes: Any,
) -> Filed:
    """A prediction of these log-odds, with the score, PD and decision that follow from them; no events yet."""
    score = SCALE.score(log_odds)
    record = a_record(
        at=at,
        route=route,
        score=score,
        probability_of_default=pd_of(log_odds),
        decision=POLICY.decision(score),
        models=(ModelScore("xgboost", version, "ab" * 32, log_odds, score),),
        **changes,
    )
    return Filed(record)


def seen(filed: Filed, defaulted: bool, on: date) -> Filed:
    """The same with an outcome observed on a day."""
    day = on.isoformat()
    return _with(filed, "outcome", day, {"defaulted": defaulted, "observed_on": day, "by": "prediction"})


def overridden(filed: Filed, decision: str, reason: str = "a payslip was shown") -> Filed:
    """The same, decided otherwise by a person."""
    body = {"decision": decision, "reason": reason, "user": "clerk", "from": filed.record.decision}
    return _with(filed, "override", f"{decision} {reason}", body)


def shadowed(filed: Filed, log_odds: float, route: str = "routes.new.shadow", version: str = "2") -> Filed:
    """The same with a shadow's score."""
    score = SCALE.score(log_odds)
    model = {"model": "xgboost", "version": version, "digest": "cd" * 32, "log_odds": log_odds, "score": score}
    body = {
        "route": route,
        "score": score,
        "probability_of_default": pd_of(log_odds),
        "decision": POLICY.decision(score),
        "models": [{**model, "weight": 1.0, "probability_of_default": pd_of(log_odds)}],
        "degraded": [],
    }
    return _with(filed, "shadow", route, body)


def shadow_failed(filed: Filed, route: str = "routes.new.shadow") -> Filed:
    """The same with a shadow that could not score."""
    return _with(filed, "shadow", route, {"route": route, "problem": "model xgboost: out of reach"})


def erased(filed: Filed) -> Filed:
    """What is left of it once its customer was erased."""
    assert isinstance(filed.record, ScoreRecord)
    events = tuple(replace(each, body=None) for each in filed.events)
    return Filed(ErasedRecord.of(filed.record), events)


def a_portfolio(
    n: int, seed: int = 1, start: datetime = datetime(2025, 1, 5, tzinfo=UTC), days: int = 60
) -> list[Filed]:
    """`n` calibrated predictions over so many days; every customer's outcome was seen 400 days after."""
    generator = np.random.default_rng(seed)
    filed = []
    for i, log_odds in enumerate(generator.normal(-2.5, 1.2, n)):
        each = a_prediction(float(log_odds), start + timedelta(days=days * i / n))
        defaulted = bool(generator.random() < pd_of(float(log_odds)))
        filed.append(seen(each, defaulted, moment(each.record.scored_at).date() + timedelta(days=400)))
    return filed


def _with(filed: Filed, kind: Any, key: str, body: Mapping[str, Any]) -> Filed:
    at = stamp(moment(filed.record.scored_at) + timedelta(seconds=1 + len(filed.events)))
    event = Event(filed.record.prediction_id, filed.record.customer_id, kind, key, at, body)
    return Filed(filed.record, (*filed.events, event))
