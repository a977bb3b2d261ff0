"""Shadow models: they score what was answered already, off the request's path, and only the archive hears of it."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, Literal, Protocol

from routing.archive import Event
from routing.jobs import Job, Result
from routing.requests import ScoringRequest
from routing.routes import Route, Routes
from routing.scorecard import Scorecard
from scoring.decision import Policy
from scoring.errors import TableUnavailable
from scoring.record import ScoreRecord
from scoring.scale import pd_of

CAPACITY = 1_000
"""Predictions that may wait: a batch of the largest size. More of them would only tell later that it is too slow."""
TOGETHER = 64
"""Predictions that are scored, and written, at once."""

Outcome = Literal["stored", "problem", "dropped: queue full", "dropped: table unavailable", "dropped: closed", "failed"]
"""What came of a shadow score. "problem": no model of the shadow could score; that is stored too."""

log = logging.getLogger(__name__)


class Archive(Protocol):
    """The part of `routing.archive.Archive` that is needed here."""

    def add(self, events: Sequence[Event]) -> Sequence[Event]: ...


@dataclass(slots=True)  # not frozen: it is made on the request's path, in a third of the time
class _Waiting:
    """A prediction whose shadow is to be scored: by the models of `card`, the ones that the answer came from."""

    route: Route
    job: Job
    record: ScoreRecord
    card: Scorecard


class Shadows:
    """A bounded queue and one thread of this process; `start` it after the fork.

    What does not fit into the queue, or cannot be stored, is dropped and counted (`count(route, outcome, number)`):
    nobody waits for a shadow.
    """

    def __init__(
        self,
        routes: Routes,
        archive: Archive,
        count: Callable[[str, Outcome, int], None] = lambda _route, _outcome, _number: None,
        capacity: int = CAPACITY,
    ) -> None:
        self._routes, self._archive, self._count, self._capacity = routes, archive, count, capacity
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ends_at: float | None = None

    def start(self) -> None:
        """Start the thread, once, where some route has a shadow."""
        has_shadow = any(route.shadow for route in self._routes.by_customer_type.values())
        with self._changed:
            if has_shadow and self._thread is None and self._ends_at is None:
                self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)
                self._thread.start()

    def close(self, seconds: float = 5.0) -> None:
        """Take nothing more, finish what waits within so many seconds, drop the rest."""
        with self._changed:
            self._ends_at = time.monotonic() + seconds
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(seconds)
        with self._changed:
            rest = list(self._queue)
            self._queue.clear()
        self._drop(rest, "dropped: closed")

    def offer(self, scored: Sequence[tuple[Job, ScoreRecord]], card: Scorecard) -> None:
        """Queue those whose route has a shadow, or drop them; returns at once and never raises."""
        try:
            self._offer(scored, card)
        except Exception:  # the answers are stored already: a defect here must not take them away
            log.exception("shadow scores could not be queued", extra={"predictions": len(scored)})

    def _offer(self, scored: Sequence[tuple[Job, ScoreRecord]], card: Scorecard) -> None:
        offered = []
        for job, record in scored:
            shadow = self._routes.by_customer_type[record.customer_type].shadow
            if shadow is not None:
                offered.append(_Waiting(shadow, _bounded(job, shadow, card), record, card))
        with self._changed:
            is_closed = self._ends_at is not None
            room = 0 if is_closed else max(0, self._capacity - len(self._queue))
            self._queue.extend(offered[:room])
            self._changed.notify()
        if room < len(offered):
            self._drop(offered[room:], "dropped: closed" if is_closed else "dropped: queue full")

    # ------------------------------------------------------------ in the thread

    def _work(self) -> None:
        while taken := self._take():
            try:
                self._score(taken)
            except Exception:  # one defect must not silence every later shadow
                log.exception("shadow scores failed", extra={"predictions": len(taken)})
                self._drop(taken, "failed")

    def _take(self) -> list[_Waiting]:
        """The next ones; none when it is time to end."""
        with self._changed:
            while not self._queue and self._ends_at is None:
                self._changed.wait()
            if self._ends_at is not None and time.monotonic() >= self._ends_at:
                return []
            return [self._queue.popleft() for _ in range(min(TOGETHER, len(self._queue)))]

    def _score(self, taken: list[_Waiting]) -> None:
        for each in taken:
            each.job = _again(each.job, each.route)
        for _, together in groupby(taken, key=lambda each: id(each.card.standing)):
            alike = list(together)
            alike[0].card.run([each.job for each in alike])
        events = [self._event(each) for each in taken]
        try:
            self._archive.add(events)
        except TableUnavailable:
            self._drop(taken, "dropped: table unavailable")
            return
        for each, event in zip(taken, events, strict=True):
            self._count(each.route.name, "problem" if event.body and "problem" in event.body else "stored", 1)

    def _event(self, each: _Waiting) -> Event:
        """Dated like its record, for it is drawn from the same data: an erasure in between takes both."""
        if each.job.log_odds:
            body = _body(each.card.result(each.job), self._routes.policy)
        else:
            problem = "; ".join(f"{model}: {reason}" for model, reason in each.job.faults.items())
            body = {"route": each.route.name, "problem": problem}
        record = each.record
        return Event(record.prediction_id, record.customer_id, "shadow", each.route.name, record.scored_at, body)

    def _drop(self, those: Sequence[_Waiting], reason: Outcome) -> None:
        for route, number in Counter(each.route.name for each in those).items():
            self._count(route, reason, number)


def _bounded(job: Job, route: Route, card: Scorecard) -> Job:
    """The job itself, or one that holds only inputs that were checked, and so are no larger than a model's input."""
    if job.request.features.keys() <= job.rows.keys():
        return job
    checked = {name: job.request.features[name] for name in route.names if name in job.rows}
    small = Job(ScoringRequest(job.request.customer_id, checked), dict(job.rows), dict(job.unreachable))
    for reference, name in zip(route.models, route.names, strict=True):
        if name not in job.rows and name in job.request.features:
            card.read_as(small, reference, job.request.features[name])
    return small


def _again(job: Job, route: Route) -> Job:
    """The same customer for another route; `faults` of reading stay, those of the answer's models do not count."""
    request = ScoringRequest(job.request.customer_id, job.request.features)
    faults = {name: reason for name, reason in job.faults.items() if name in route.models and job.route is None}
    return Job(request, dict(job.rows), dict(job.unreachable), route=route, faults=faults)


def _body(result: Result, policy: Policy) -> dict[str, Any]:
    return {
        "route": result.route.name,
        "score": result.aggregate.score,
        "probability_of_default": pd_of(result.aggregate.log_odds),
        "decision": policy.decision(result.aggregate.score),
        "models": [asdict(each) for each in result.models],
        "degraded": [asdict(each) for each in result.degraded],
    }
