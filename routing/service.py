"""The whole business: who is this customer, who scores, what is the answer, and is it stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from routing import finding
from routing.jobs import Job, Result
from routing.keys import IdempotencyKeys
from routing.known import KnownCustomers
from routing.ports import CustomerTable, HistoryQuery, ModelStore, Outbox, Standing, Write
from routing.recording import record_of
from routing.requests import Found, Health, Scored, ScoringRequest
from routing.routes import Route, Routes, base_of
from routing.scorecard import Scorecard
from routing.shadow import Shadows
from scoring.decision import Policy
from scoring.errors import OutboxUnavailable, ServiceError, TableUnavailable, Unavailable
from scoring.identity import Clock, prediction_id, stamp
from scoring.record import LookUp, ScoreRecord

NOT_RECORDED = "The result could not be recorded, and no score is given without a record."


class ScoringService:
    """Scores customers and finds their scores again. Safe to use from many threads.

    `shadows` get what was stored of routes that have a shadow; whoever makes them starts and closes them.
    """

    def __init__(
        self,
        routes: Routes,
        models: ModelStore,
        table: CustomerTable,
        outbox: Outbox,
        clock: Clock | None = None,
        provenance: Mapping[str, Any] | None = None,
        shadows: Shadows | None = None,
    ) -> None:
        self._routes, self._models, self._table, self._outbox = routes, models, table, outbox
        self._clock = clock or Clock()
        self._known = KnownCustomers()
        self._keys = IdempotencyKeys(table, outbox)
        self._inputs = frozenset(map(base_of, routes.routed()))
        self._champions = frozenset(routes.champions())
        has_shadow = any(route.shadow for route in routes.by_customer_type.values())
        self._shadows = shadows if has_shadow else None
        self._provenance = {**(provenance or {}), "scale": asdict(routes.scale), "policy": asdict(routes.policy)}
        self._policies: dict[tuple[str, float | None], tuple[Policy, Mapping[str, Any]]] = {}

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
        card = Scorecard(self._models.snapshot(), self._inputs, self._routes.scale)
        jobs = [Job(request) for request in requests]

        def pending() -> list[Job]:
            return [job for job in jobs if job.outcome is None]

        try:
            self._keys.claim(pending())  # before anything is read: another model may serve now than then
            self._read(pending(), card)
            self._look_up(pending())
            card.run(pending())
            self._store(pending(), card)
        finally:
            self._keys.release([job.claim for job in jobs if job.claim and not isinstance(job.outcome, Scored)])
        return [job.outcome or Unavailable("The request was not answered.") for job in jobs]

    # ------------------------------------------------------------ the steps

    def _read(self, jobs: list[Job], card: Scorecard) -> None:
        for job in jobs:
            try:
                card.read(job)
            except ServiceError as error:
                job.outcome = error

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
                job.route = self._route(job.request, existing=standing.existing)

    def _route(self, request: ScoringRequest, *, existing: bool) -> Route:
        if request.application is not None:
            return self._routes.applications[request.application].route
        route = self._routes.by_customer_type["existing" if existing else "new"]
        if route.challenger is not None and route.challenger.takes(request.customer_id):
            return route.challenger.route
        return route

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
        if self._shadows is not None:
            self._shadows.offer([(job, write.record) for job, write in writes], card)

    def _record(self, job: Job, card: Scorecard) -> ScoreRecord:
        result = card.result(job)
        standing = job.standing
        latest = standing.latest.scored_at if standing.latest else None
        at = self._clock.now(after=latest, beyond=standing.erased_at)
        policy, in_force = self._in_force(job.request.application, result)
        return record_of(
            result,
            policy,
            prediction_id=prediction_id(at),
            customer_id=job.request.customer_id,
            customer_type="existing" if standing.existing else "new",
            scored_at=stamp(at),
            look_up=job.look_up,
            provenance=in_force,
        )

    def _in_force(self, application: str | None, result: Result) -> tuple[Policy, Mapping[str, Any]]:
        """What decides, and what the record says of it. An application may be decided by its model's own threshold."""
        if application is None:
            return self._routes.policy, self._provenance
        if (application, result.threshold) not in self._policies:
            declared = self._routes.applications[application]
            try:
                policy = declared.policy(self._routes.policy, self._routes.scale, result.threshold)
            except ValueError as error:
                raise Unavailable(f"This application cannot be decided: {error}.") from error
            self._policies[application, result.threshold] = policy, {**self._provenance, "policy": asdict(policy)}
        return self._policies[application, result.threshold]

    # ------------------------------------------------------------ finding again

    def search(self, query: HistoryQuery) -> Found:
        """One page of a customer's history. Raises TableUnavailable."""
        return finding.search(self._table, query)

    def health(self) -> Health:
        """How everything that scoring needs stands, asked now."""
        return finding.health(self._models, self._champions, self._routes.routed(), self._table, self._outbox)
