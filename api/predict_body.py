"""From the body of a prediction to what the scoring service is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api import fields
from api.idempotency import key_use
from routing.requests import ScoringRequest
from scoring.errors import FieldError, InvalidRequest

MOST_ITEMS = 1_000
MOST_MODELS = 100
FIELDS = ("customer_id", "features", "explain")


def one(body: Mapping[str, Any], client: str, key: str | None) -> ScoringRequest:
    """A single prediction; `key` is the client's Idempotency-Key. Raises InvalidRequest."""
    return _request(body, client, "predict", key)


def many(body: Mapping[str, Any], client: str, key: str | None) -> list[ScoringRequest | InvalidRequest]:
    """A batch: each item read by itself, under a key of its own (`<key>#<index>`).

    Raises InvalidRequest when there is no usable list of items.
    """
    errors = fields.unknown(body, ("requests",))
    items = body.get("requests")
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        errors.append(FieldError("requests", f"must be a list of at most {MOST_ITEMS:,} requests"))
        raise InvalidRequest(errors=errors)
    fields.refuse(errors)
    return [_item(item, client, None if key is None else f"{key}#{i}") for i, item in enumerate(items)]


def _item(item: object, client: str, key: str | None) -> ScoringRequest | InvalidRequest:
    if not isinstance(item, dict):
        return InvalidRequest("The item must be a JSON object.")
    try:
        return _request(item, client, "predict/batch", key)
    except InvalidRequest as error:
        return error


def _request(body: Mapping[str, Any], client: str, endpoint: str, key: str | None) -> ScoringRequest:
    """Everything but the models' inputs is checked here; those are the scoring service's."""
    errors = fields.unknown(body, FIELDS)
    customer_id = fields.customer(body, errors)
    explain = body.get("explain", False)
    if not isinstance(explain, bool):
        errors.append(FieldError("explain", "must be true or false"))
    features = body.get("features")
    if not isinstance(features, dict) or len(features) > MOST_MODELS:
        wanted = f"must be an object: model name -> input, of at most {MOST_MODELS} models"
        errors.append(FieldError("features", wanted if "features" in body else "is missing"))
        raise InvalidRequest(errors=errors)
    fields.refuse(errors)
    return ScoringRequest(
        customer_id=customer_id,
        features=features,
        explain=explain,
        key=None if key is None else key_use(client, endpoint, key, body),
    )
