"""What is written down: the attributes of a customer item, and the JSON of records and waiting writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

import orjson

from routing.ports import KeyClaim, KeyUse, LatestPrediction, Write
from scoring.identity import stamp
from scoring.record import ErasedRecord, ScoreRecord

APART = ("prediction_id", "customer_id", "scored_at")
"""What both tables keep of a record beside its text."""


def customer_item(record: ScoreRecord) -> dict[str, Any]:
    """The attributes of the customers table that a new latest prediction sets (other programs read them)."""
    latest = LatestPrediction.of(record)
    return {
        "prediction_timestamp": latest.scored_at,
        "credit_score": latest.credit_score,
        "models_used": list(latest.models_used),
        "prediction_type": latest.prediction_type,
        "raw_predictions": list(latest.raw_predictions),
    }


def latest_in(item: Mapping[Any, Any]) -> LatestPrediction | None:
    """The prediction that a customer item holds; None without a time and a score that can be understood.

    Other programs write it too: of the rest, whatever is not of the expected kind is left out.
    """
    scored_at, score, kind = time_in(item), item.get("credit_score"), item.get("prediction_type")
    if scored_at is None or not isinstance(score, int | float) or not isfinite(score):
        return None
    return LatestPrediction(
        scored_at=scored_at,
        credit_score=float(score),
        prediction_type=kind if isinstance(kind, str) else "",
        models_used=tuple(each for each in _list(item.get("models_used")) if isinstance(each, str)),
        raw_predictions=tuple(each for each in _list(item.get("raw_predictions")) if isinstance(each, dict)),
    )


def time_in(item: Mapping[Any, Any]) -> str | None:
    """The time of the last score as a stamp. A time without an offset is taken for UTC; None for what is no time."""
    try:
        moment = datetime.fromisoformat(item["prediction_timestamp"])
        return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def skeleton(record: ScoreRecord) -> dict[str, Any]:
    """What an erasure leaves of a record (`ErasedRecord`), beside APART, as values that `dump` writes."""
    left = ErasedRecord.of(record)
    return {name: getattr(left, name) for name in ErasedRecord.__slots__ if name not in APART}


def dump(plain: object) -> str:
    """JSON text of plain values and dataclasses; numbers read back equal. TypeError for anything else."""
    return orjson.dumps(plain, default=_plain).decode()


def dump_write(write: Write) -> str:
    """A waiting write as JSON text."""
    return dump({"record": write.record.values(), "claim": write.claim})


def load_write(text: str) -> Write:
    """The inverse of `dump_write`. ValueError, KeyError or TypeError when it is none."""
    plain = orjson.loads(text)
    claim = plain["claim"]
    return Write(
        ScoreRecord.from_dict(plain["record"]),
        None if claim is None else KeyClaim(KeyUse(**claim["use"]), claim["token"]),
    )


def _plain(value: object) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
