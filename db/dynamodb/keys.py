"""Idempotency keys: claimed, completed with the record that came of them, or given back."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from db.dynamodb.attempts import Attempts, ConditionFailed
from db.dynamodb.custody import Custody
from db.dynamodb.layout import (
    EXPIRES_AT,
    IDEMPOTENCY_KEY,
    NOT_THERE,
    OF_CUSTOMER,
    OF_PREDICTION,
    reserved_key,
)
from db.dynamodb.reading import Reader
from db.dynamodb.records import RECORD, opened, place_of, target_of
from db.dynamodb.values import Item, attribute, item
from routing.ports import Claimed, ClaimOutcome, Done, InProgress, KeyClaim, KeyUse, OtherBody
from scoring.record import AnyRecord, ScoreRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DIGEST, TOKEN = "body_digest", "claim_token"
_FREE = f"{NOT_THERE} OR {EXPIRES_AT} <= :now"
_OURS = f"{TOKEN} = :token AND attribute_not_exists({OF_PREDICTION}) AND attribute_not_exists({RECORD})"


class Keys:
    """Key items in the history table `table`.

    `claim_seconds`: how long a claim holds when its holder dies. `key_seconds`: how long a completed key answers.
    Both end at `expires_at`, in whole seconds since 1970, by `now`; DynamoDB deletes such items days later, so the time
    is always compared. A completed item points to its record, which is sealed where it is; one that older code
    completed holds the record itself.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        reader: Reader,
        *,
        claim_seconds: float,
        key_seconds: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._client, self._table, self._reader, self._now = client, table, reader, now
        self._claim_seconds, self._key_seconds = claim_seconds, key_seconds

    def claim(self, use: KeyUse, attempts: Attempts) -> ClaimOutcome:
        """Take a key that is free. Raises TableUnavailable."""
        token = secrets.token_hex(16)
        put = self._put(use, token, self._claim_seconds, {}, _FREE, {":now": attribute(math.floor(self._now()))})
        try:
            attempts.call(self._client.put_item, **put, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except ConditionFailed as refusal:
            found = refusal.items[0] or {}
            if found.get(TOKEN) == attribute(token):  # an earlier attempt succeeded, only its answer was lost
                return Claimed(token)
            if found.get(DIGEST) != attribute(use.body_digest):
                return OtherBody()
            record = self._record(found, attempts)
            return InProgress() if record is None else Done(record)
        return Claimed(token)

    def completion(self, claim: KeyClaim, record: ScoreRecord) -> dict[str, Any]:
        """The action, in the transaction that stores `record`, which completes a claim unless another took the key."""
        target = dict(zip((OF_CUSTOMER, OF_PREDICTION), place_of(record), strict=True))
        return {"Put": self._ours(claim, self._key_seconds, target, f"{NOT_THERE} OR ({_OURS})")}

    def release(self, claim: KeyClaim, attempts: Attempts) -> None:
        """Let a claim expire now, unless it was completed or lost. Nothing here may delete, so the service need not."""
        try:
            attempts.call(self._client.put_item, **self._ours(claim, 0, {}, _OURS))
        except ConditionFailed:
            return

    def _record(self, found: Item, attempts: Attempts) -> AnyRecord | None:
        if RECORD in found:
            return opened(found, Custody())
        place = target_of(found)
        return None if place is None else self._reader.record(place, attempts)

    def _ours(self, claim: KeyClaim, seconds: float, more: dict[str, Any], condition: str) -> dict[str, Any]:
        return self._put(claim.use, claim.token, seconds, more, condition, {":token": attribute(claim.token)})

    def _put(
        self, use: KeyUse, token: str, seconds: float, more: dict[str, Any], condition: str, values: dict[str, Any]
    ) -> dict[str, Any]:
        content = {DIGEST: use.body_digest, TOKEN: token, EXPIRES_AT: math.floor(self._now() + seconds), **more}
        return {
            "TableName": self._table,
            "Item": {**reserved_key(IDEMPOTENCY_KEY, use.key), **item(content)},
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
