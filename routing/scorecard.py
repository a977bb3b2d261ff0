"""The models of a route at work: rows of many jobs scored together, faults kept apart, one result a job."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from routing.aggregation import Aggregate, weighted_mean
from routing.ports import KeyClaim, Model, ModelStore, Standing
from routing.requests import Scored, ScoringRequest
from routing.routes import Route
from scoring.errors import FieldError, InvalidRequest, ModelUnavailable, ServiceError, Unavailable
from scoring.features import Row
from scoring.reasons import Attribution, Explanation, Part, explain
from scoring.record import Degradation, LookUp, ModelScore
from scoring.scale import ScoreScale, pd_of

INPUT_IS_MISSING = "its input is missing"
UNUSABLE = "it gave no usable probability of default"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """One request on its way through the service. `outcome` is set once, by whatever ends it."""

    request: ScoringRequest
    rows: dict[str, Row] = field(default_factory=dict)
    unreachable: dict[str, str] = field(default_factory=dict)
    claim: KeyClaim | None = None
    standing: Standing = field(default_factory=lambda: Standing(existing=False))
    look_up: LookUp | None = None
    route: Route | None = None
    log_odds: dict[str, float] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    outcome: Scored | ServiceError | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What `route`, the customer's own or its fallback, says of one job."""

    route: Route
    aggregate: Aggregate
    models: tuple[ModelScore, ...]
    degraded: tuple[Degradation, ...]
    explanation: Explanation | None


class Scorecard:
    """The models as they stand at one moment, so that every answer comes from one consistent set of versions."""

    def __init__(self, store: ModelStore, names: Iterable[str], scale: ScoreScale) -> None:
        self._scale = scale
        self._models: dict[str, Model] = {}
        self._unavailable: dict[str, str] = {}
        loaded = store.snapshot()
        for name in names:
            model = loaded[name]
            if isinstance(model, ModelUnavailable):
                self._unavailable[name] = model.reason
            else:
                self._models[name] = model

    def read(self, job: Job) -> None:
        """Check every input that the request carries. Raises InvalidRequest with all that is wrong."""
        errors: list[FieldError] = []
        for name, given in job.request.features.items():
            at = f"features.{name[:64]}"
            if name not in self._models and name not in self._unavailable:
                known = ", ".join(sorted(self._models.keys() | self._unavailable.keys()))
                errors.append(FieldError(at, f"is not a model of this service ({known})"))
            elif not isinstance(given, list | tuple | Mapping):
                errors.append(FieldError(at, "must be a list of numbers or an object of named values"))
            elif model := self._models.get(name):
                try:
                    job.rows[name] = model.schema.row(given, at)
                except InvalidRequest as error:
                    errors.extend(error.errors)
            else:
                job.unreachable[name] = self._unavailable[name]
        if errors:
            raise InvalidRequest(errors=errors)

    def run(self, jobs: Iterable[Job]) -> None:
        """Score every job by its route; the jobs that none of its models could answer, by the route's fallback."""
        jobs = list(jobs)
        self._run(jobs)
        falling = [job for job in jobs if not job.log_odds and job.route and job.route.fallback]
        for job in falling:
            job.route = job.route and job.route.fallback
        if falling:
            self._run(falling)

    def _run(self, jobs: list[Job]) -> None:
        together: dict[str, list[Job]] = {}
        for job in jobs:
            for name in job.route.models if job.route else ():
                if name in job.rows:
                    together.setdefault(name, []).append(job)
                else:
                    job.faults[name] = job.unreachable.get(name, INPUT_IS_MISSING)
        for name, asking in together.items():
            try:
                outputs = self._models[name].score([job.rows[name] for job in asking])
            except ModelUnavailable as error:
                for job in asking:
                    job.faults[name] = job.unreachable[name] = error.reason
                continue
            for job, log_odds in zip(asking, outputs, strict=True):
                if math.isfinite(log_odds):
                    job.log_odds[name] = log_odds
                else:
                    job.faults[name] = job.unreachable[name] = UNUSABLE

    def result(self, job: Job) -> Result:
        """Combine what answered. Raises InvalidRequest when only missing input stands in the way, else Unavailable."""
        route = job.route
        if route is None or not job.log_odds:
            raise self._no_answer(job)
        shares = {name: share for name, share in zip(route.models, route.weights, strict=True) if name in job.log_odds}
        names, weights = list(shares), [share / math.fsum(shares.values()) for share in shares.values()]
        alone = len(names) == 1 < len(route.models)
        log_odds = [self._alone(name, job.log_odds[name]) if alone else job.log_odds[name] for name in names]
        aggregate = weighted_mean(log_odds, weights, self._scale)
        models = tuple(map(self._model_score, names, log_odds, weights))
        degraded = tuple(Degradation(name, reason) for name, reason in job.faults.items())
        explanation = self._explain(job, names, weights, alone, aggregate) if job.request.explain else None
        return Result(route, aggregate, models, degraded, explanation)

    def names_of(self, model: str) -> tuple[str, ...]:
        """A loaded model's feature names in order; none for one that is not loaded."""
        return self._models[model].schema.names if model in self._models else ()

    def _model_score(self, name: str, log_odds: float, weight: float) -> ModelScore:
        model = self._models[name]
        score = self._scale.score(log_odds)
        return ModelScore(name, model.version, model.digest, log_odds, score, weight, pd_of(log_odds))

    def _alone(self, name: str, log_odds: float) -> float:
        intercept, slope = self._models[name].alone
        return intercept + slope * log_odds

    def _explain(
        self, job: Job, names: list[str], weights: list[float], alone: bool, aggregate: Aggregate
    ) -> Explanation | None:
        parts = []
        for name, weight in zip(names, weights, strict=True):
            model, row = self._models[name], job.rows[name]
            try:
                attribution = model.attribute(row)
            except ModelUnavailable:
                log.exception("explanation failed", extra={"model": name, "version": model.version})
                return None
            if alone:
                slope = model.alone[1]
                attribution = Attribution(
                    self._alone(name, attribution.base),
                    tuple(slope * each for each in attribution.contributions),
                    attribution.method,
                    attribution.reference,
                )
            parts.append(Part(name, weight, model.schema, row, attribution))
        return explain(parts, self._scale, aggregate.score)

    def _no_answer(self, job: Job) -> ServiceError:
        if reachable := [f"{name}: {reason}" for name, reason in job.faults.items() if name in job.unreachable]:
            return Unavailable(f"No model of this customer's route can answer now ({'; '.join(reachable)}).")
        errors = []
        for name in job.faults:
            needs = ", ".join(self.names_of(name))
            errors.append(FieldError(f"features.{name}", f"is missing; it needs {needs}" if needs else "is missing"))
        return InvalidRequest("The request holds no input that this customer's route can score.", errors)
