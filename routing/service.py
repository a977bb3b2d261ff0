"""The whole business: who is this customer, who scores, what is the answer, and is it stored."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from routing.known import KnownCustomers
from routing.ports import (
    Claimed,
    CustomerTable,
    Done,
    HistoryQuery,
    InProgress,
    KeyClaim,
    LatestPrediction,
    ModelStore,
    Outbox,
    Standing,
    Write,
)
from routing.requests import Found, Health, Scored, ScoringRequest
from routing.routes import Routes
from routing.scorecard import Job, Scorecard
from scoring.errors import (
    KeyInProgress,
    KeyReused,
    OutboxUnavailable,
    ServiceError,
    TableUnavailable,
    Unavailable,
)
from scoring.identity import Clock, prediction_id, stamp
from scoring.record import CustomerType, LookUp, ScoreRecord, named_inputs
from scoring.scale import pd_of

NOT_RECORDED = "The result could not be recorded, and no score is given without a record."
OTHER_BODY = "This Idempotency-Key was used with another request body."

log = logging.getLogger(__name__)


class ScoringService:
    """Scores customers and finds their scores again. Safe to use from many threads."""

    def __init__(
        self,
        routes: Routes,
        models: ModelStore,
        table: CustomerTable,
        outbox: Outbox,
        clock: Clock | None = None,
        provenance: Mapping[str, Any] | None = None,
    ) -> None:
        self._routes, self._models, self._table, self._outbox = routes, models, table, outbox
        self._clock = clock or Clock()
        self._known = KnownCustomers()
        self._names = routes.model_names()
        self._provenance = {**(provenance or {}), "scale": asdict(routes.scale), "policy": asdict(routes.policy)}

    def predict(self, request: ScoringRequest) -> Scored:
        """Score one customer and store the result. Raises a ServiceError."""
        outcome = self.predict_many([request])[0]
        if isinstance(outcome, ServiceError):
            raise outcome
        return outcome

    def predict_many(self, requests: Sequence[ScoringRequest]) -> list[Scored | ServiceError]:
        """Score many customers together; one that fails never spoils the rest. Answers in the order of requests.

        All customers are looked up before any is scored: a new customer who comes twice is new both times.
        """
        card = Scorecard(self._models, self._names, self._routes.scale)
        jobs = [Job(request) for request in requests]

        def pending() -> list[Job]:
            return [job for job in jobs if job.outcome is None]

        try:
            self._read(pending(), card)
            self._claim(pending())
            self._look_up(pending())
            card.run(pending())
            self._store(pending(), card)
        finally:
            self._release([job.claim for job in jobs if job.claim and not isinstance(job.outcome, Scored)])
        return [job.outcome or Unavailable("The request was not answered.") for job in jobs]

    # ------------------------------------------------------------ the steps

    def _read(self, jobs: list[Job], card: Scorecard) -> None:
        for job in jobs:
            try:
                card.read(job)
            except ServiceError as error:
                job.outcome = error

    def _claim(self, jobs: list[Job]) -> None:
        keyed = [(job, job.request.key) for job in jobs if job.request.key]
        if not keyed:
            return
        held = self._held([key.key for _, key in keyed])
        for job, key in keyed:
            if write := held.get(key.key):
                is_same = write.claim is not None and write.claim.use == key
                job.outcome = Scored(write.record, stored=False, replayed=True) if is_same else KeyReused(OTHER_BODY)
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
                job.outcome = Scored(outcome.record, stored=True, replayed=True)
            elif isinstance(outcome, InProgress):
                job.outcome = KeyInProgress("The first request with this Idempotency-Key is still running.")
            else:
                job.outcome = KeyReused(OTHER_BODY)

    def _held(self, keys: Sequence[str]) -> Mapping[str, Write]:
        """What waits in the outbox under these keys: their claims expire while the table is down."""
        try:
            return self._outbox.held(keys)
        except OutboxUnavailable:  # an outbox that cannot be read has most likely never held anything
            return {}

    def _look_up(self, jobs: list[Job]) -> None:
        ids = list({job.request.customer_id for job in jobs})
        standings: Mapping[str, Standing] = {}
        failure: ServiceError | None = None
        try:
            standings = self._table.look_up(ids) if ids else {}
        except TableUnavailable as error:
            failure = error
            standings = {each: Standing(existing=True) for each in ids if each in self._known}
        read: LookUp | None = "remembered" if failure else None
        self._known.remember(each for each, standing in standings.items() if standing.existing)
        for job in jobs:
            standing = standings.get(job.request.customer_id)
            if standing is None:
                job.outcome = failure or TableUnavailable("The customer look-up gave no answer.")
            else:
                job.standing = standing
                job.look_up = read or ("found" if standing.existing else "absent")
                job.route = self._routes.by_customer_type["existing" if standing.existing else "new"]

    def _store(self, jobs: list[Job], card: Scorecard) -> None:
        writes: list[tuple[Job, Write]] = []
        for job in jobs:
            try:
                writes.append((job, Write(self._record(job, card), job.claim, job.standing.seal)))
            except ServiceError as error:
                job.outcome = error
        if not writes:
            return
        stored = True
        try:
            self._table.save([write for _, write in writes])
            self._known.remember(write.record.customer_id for _, write in writes)
        except TableUnavailable:
            stored = False
            try:
                self._outbox.put([write for _, write in writes])
            except OutboxUnavailable:
                for job, _ in writes:
                    job.outcome = Unavailable(NOT_RECORDED)
                return
        for job, write in writes:
            job.outcome = Scored(write.record, stored)

    def _record(self, job: Job, card: Scorecard) -> ScoreRecord:
        customer_type: CustomerType = "existing" if job.standing.existing else "new"
        result = card.result(job)
        score = result.aggregate.score
        at = self._clock.now(after=job.standing.latest.scored_at if job.standing.latest else None)
        policy = self._routes.policy
        return ScoreRecord(
            prediction_id=prediction_id(at),
            customer_id=job.request.customer_id,
            customer_type=customer_type,
            scored_at=stamp(at),
            route=result.route.name,
            prediction_type=result.route.prediction_type,
            score=score,
            probability_of_default=pd_of(result.aggregate.log_odds),
            risk_level=policy.risk_level(score),
            score_band=policy.band(score),
            decision=policy.decision(score),
            models=result.models,
            inputs={
                each.model: named_inputs(card.names_of(each.model), job.rows[each.model]) for each in result.models
            },
            degraded=result.degraded,
            explanation=result.explanation,
            provenance=self._provenance,
            look_up=job.look_up,
            asked=dict(zip(result.route.models, result.route.weights, strict=True)),
        )

    def _release(self, claims: list[KeyClaim]) -> None:
        if not claims:
            return
        try:
            self._table.release(claims)
        except TableUnavailable:
            log.warning("claims of idempotency keys were not released; they expire", extra={"claims": len(claims)})

    # ------------------------------------------------------------ finding again

    def search(self, query: HistoryQuery) -> Found:
        """One page of a customer's history. Raises TableUnavailable."""
        standing = self._table.look_up([query.customer_id])[query.customer_id]
        records = list(self._table.history(replace(query, limit=query.limit + 1)))
        whole = query.before is None and query.since is None and query.until is None
        newest = next((each for each in records if isinstance(each, ScoreRecord)), None)
        return Found(
            found=standing.existing or bool(records),
            latest=standing.latest or (LatestPrediction.of(newest) if whole and newest else None),
            records=records[: query.limit],
            more=len(records) > query.limit,
            unrecorded=standing.latest if whole and not records else None,
        )

    def health(self) -> Health:
        """How everything that scoring needs stands, asked now."""
        models = self._models.status()
        try:
            self._table.ping()
            table_ok = True
        except TableUnavailable:
            table_ok = False
        try:
            waiting: int | None = self._outbox.waiting()
        except OutboxUnavailable:  # scoring goes on without it while the table takes records
            waiting = None
        loaded = [each.loaded for each in models]
        well = table_ok and waiting is not None and all(loaded) and not any(each.problem for each in models)
        return Health(
            status="healthy" if well else "degraded" if any(loaded) else "unhealthy",
            ready=all(loaded),
            models=models,
            table_ok=table_ok,
            outbox_waiting=waiting,
        )
