"""What is written down: the attributes of a customer item, and the JSON of records and waiting writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import orjson

from routing.ports import KeyClaim, KeyUse, LatestPrediction, Write
from scoring.record import FORMAT, ScoreRecord

_RECORD_FIELDS = tuple(field.name for field in fields(ScoreRecord))


def customer_item(record: ScoreRecord) -> dict[str, Any]:
    """The attributes of the customers table that a new latest prediction sets (other programs read them)."""
    return {
        "prediction_timestamp": record.scored_at,
        "credit_score": record.score,
        "models_used": [each.model for each in record.models],
        "prediction_type": record.prediction_type,
        "raw_predictions": [{"model": each.model, "score": each.score} for each in record.models],
    }


def latest_in(item: Mapping[Any, Any]) -> LatestPrediction | None:
    """The prediction that a customer item holds; None if it holds none, or one that another program left unreadable."""
    stamped, score = item.get("prediction_timestamp"), item.get("credit_score")
    models, raw = item.get("models_used"), item.get("raw_predictions")
    if not isinstance(stamped, str) or not isinstance(score, int | float):
        return None
    if not isinstance(models, list | None) or not isinstance(raw, list | None):
        return None
    return LatestPrediction(
        scored_at=stamped,
        credit_score=float(score),
        prediction_type=item.get("prediction_type") or "",
        models_used=tuple(models or ()),
        raw_predictions=tuple(raw or ()),
    )


def dump(plain: object) -> str:
    """JSON text of plain values and dataclasses; numbers read back equal. TypeError for anything else."""
    return orjson.dumps(plain, default=_plain).decode()


def record_values(record: ScoreRecord) -> dict[str, Any]:
    """A record for `dump`, which makes the JSON of `ScoreRecord.to_dict` from it without copying every part."""
    return {"format": FORMAT, **{name: getattr(record, name) for name in _RECORD_FIELDS}}


def dump_write(write: Write) -> str:
    """A waiting write as JSON text."""
    return dump({"record": record_values(write.record), "claim": write.claim})


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
