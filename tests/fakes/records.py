"""Score records as the service makes them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from routing.archive import Event, EventKind, Receipt
from scoring.identity import moment, prediction_id, stamp
from scoring.reasons import Contribution, Explanation, ReasonCode
from scoring.record import Degradation, ModelScore, ScoreRecord

START = datetime(2025, 11, 8, 10, 30, tzinfo=UTC)
_seconds = count(1)


def a_record(customer_id: str = "CUS123456", at: datetime | None = None, **changes: Any) -> ScoreRecord:
    """A record of one model; each is a second later than the one before, unless `at` says when."""
    at = at or START + timedelta(seconds=next(_seconds))
    plain = ScoreRecord(
        prediction_id=prediction_id(at),
        customer_id=customer_id,
        customer_type="new",
        scored_at=stamp(at),
        route="routes.new",
        prediction_type="new_customer_xgboost",
        score=680.2,
        probability_of_default=0.1,
        risk_level="low",
        score_band="Good",
        decision="approve",
        models=(ModelScore("xgboost", "1", "ab" * 32, -2.2, 680.2),),
        inputs={"xgboost": {"income": 0.1, "age": None, "tiny": 1e-200}},
        provenance={"code": "0.1.0", "libraries": {"onnxruntime": "1.31.1"}},
    )
    return dataclasses.replace(plain, **changes)


def an_explained_record(customer_id: str = "CUS123456") -> ScoreRecord:
    """A record of two models that has everything a record can have."""
    contribution = Contribution("social", "connections", None, 0.1 + 0.2, -21.640425613334452)
    return a_record(
        customer_id,
        customer_type="existing",
        route="routes.existing",
        prediction_type="multi_model_aggregate",
        score=735.4,
        models=(
            ModelScore("traditional", "7", "cd" * 32, -3.1000000000000001e-5, 750.5, 0.5),
            ModelScore("social", "2", "ef" * 32, 5e-324, 720.3, 0.5),
        ),
        inputs={"traditional": {"Zahlung ü 💶": 1.7976931348623157e308}, "social": {"connections": None}},
        degraded=(Degradation("xgboost", "its files are out of reach"),),
        explanation=Explanation(
            base_points=600.1,
            contributions=(contribution,),
            protected_points=-0.0,
            adjustment_points=1e-17,
            score=735.4,
            reason_codes=(ReasonCode("social.connections", "connections", "social", "Few", -21.6, "lowers"),),
            methods={"social": {"method": "linear", "reference": "means"}},
        ),
    )


def an_event(
    record: ScoreRecord,
    kind: EventKind = "outcome",
    key: str = "2026-03-01",
    at: str | None = None,
    body: Mapping[str, Any] | None = None,
) -> Event:
    """An event of a record's prediction, noted a day after it was scored unless `at` (a stamp) says when."""
    at = at or later(record, days=1)
    return Event(record.prediction_id, record.customer_id, kind, key, at, {"defaulted": True} if body is None else body)


def later(record: ScoreRecord, **by: float) -> str:
    """The stamp of a moment so much later than a record was scored."""
    return stamp(moment(record.scored_at) + timedelta(**by))


def a_receipt(customer_id: str, erased_at: str, receipt_id: str = "receipt-1") -> Receipt:
    """What asks for an erasure and, once it is done, proves it."""
    return Receipt(receipt_id, customer_id, erased_at, user="dpo@bank.example", reason="request of 2026-11-20")
