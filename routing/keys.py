"""Idempotency keys: which requests may run, and what the others are answered."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence

from routing.jobs import Job
from routing.ports import Claimed, CustomerTable, Done, InProgress, KeyClaim, KeyUse, Outbox, Write
from routing.requests import Scored
from scoring.errors import AnswerErased, KeyInProgress, KeyReused, OutboxUnavailable, ServiceError, TableUnavailable
from scoring.record import AnyRecord, ErasedRecord

OTHER_BODY = "This Idempotency-Key was used with another request body."
ERASED = "The answer under this Idempotency-Key was erased with its customer's data."

log = logging.getLogger(__name__)


class IdempotencyKeys:
    """The keys that requests came with. They lie in the table; those whose answers wait, in the outbox."""

    def __init__(self, table: CustomerTable, outbox: Outbox) -> None:
        self._table, self._outbox = table, outbox

    def claim(self, jobs: Sequence[Job]) -> None:
        """Claim the key of every job that has one; a job that may not run has an outcome afterwards."""
        keyed = [(job, job.request.key) for job in jobs if job.request.key]
        if not keyed:
            return
        held = self._held([key.key for _, key in keyed])
        erased = self._erased({write.record.customer_id for write in held.values()})
        for job, key in keyed:
            if write := held.get(key.key):
                job.outcome = _waiting(write, key, erased)
        keyed = [(job, key) for job, key in keyed if job.outcome is None]
        try:
            outcomes = self._table.claim([key for _, key in keyed])
        except TableUnavailable as error:
            for job, _ in keyed:
                job.outcome = error
            return
        for (job, key), outcome in zip(keyed, outcomes, strict=True):
            if isinstance(outcome, Claimed):
                job.claim = KeyClaim(key, outcome.token)
            elif isinstance(outcome, Done):
                job.outcome = _again(outcome.record)
            elif isinstance(outcome, InProgress):
                job.outcome = KeyInProgress("The first request with this Idempotency-Key is still running.")
            else:
                job.outcome = KeyReused(OTHER_BODY)

    def release(self, claims: Sequence[KeyClaim]) -> None:
        """Give back the claims of requests that came to nothing."""
        if not claims:
            return
        try:
            self._table.release(claims)
        except TableUnavailable:
            log.warning("claims of idempotency keys were not released; they expire", extra={"claims": len(claims)})

    def _held(self, keys: Sequence[str]) -> Mapping[str, Write]:
        """What waits in the outbox under these keys: their claims expire while the table is down."""
        try:
            return self._outbox.held(keys)
        except OutboxUnavailable:  # an outbox that cannot be read has most likely never held anything
            return {}

    def _erased(self, customer_ids: Collection[str]) -> Mapping[str, str]:
        """Up to when customers were erased, as far as the table can tell: what waits does not know of it."""
        try:
            standings = self._table.look_up(list(customer_ids)) if customer_ids else {}
        except TableUnavailable:
            return {}
        return {each: standing.erased_at for each, standing in standings.items() if standing.erased_at is not None}


def _waiting(write: Write, use: KeyUse, erased: Mapping[str, str]) -> Scored | ServiceError:
    """The answer of a write that waits, to the key that it came with."""
    if write.claim is None or write.claim.use != use:
        return KeyReused(OTHER_BODY)
    if write.record.scored_at <= erased.get(write.record.customer_id, ""):
        return AnswerErased(ERASED)
    return Scored(write.record, stored=False, replayed=True)


def _again(record: AnyRecord) -> Scored | ServiceError:
    """The answer that a key has had already, unless it was erased since."""
    return AnswerErased(ERASED) if isinstance(record, ErasedRecord) else Scored(record, stored=True, replayed=True)
