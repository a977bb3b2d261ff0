"""The models of a route at work: rows of many jobs scored together, faults kept apart, one result a job."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

from routing.aggregation import weighted_mean
from routing.explaining import alone_log_odds, explain_score
from routing.jobs import Job, Result
from routing.ports import Model
from routing.routes import base_of
from scoring.errors import FieldError, InvalidRequest, ModelUnavailable, ServiceError, Unavailable
from scoring.record import Degradation, ModelScore, named_inputs
from scoring.scale import ScoreScale, pd_of

INPUT_IS_MISSING = "its input is missing"
UNUSABLE = "it gave no usable probability of default"


class Scorecard:
    """The models as they stand at one moment, so that every answer comes from one consistent set of versions.

    `standing`: what a `ModelStore` says of each reference (`snapshot`); `inputs`: the names that an input may have.
    """

    def __init__(
        self, standing: Mapping[str, Model | ModelUnavailable], inputs: Collection[str], scale: ScoreScale
    ) -> None:
        self.standing, self._inputs, self._scale = standing, inputs, scale

    def read(self, job: Job) -> None:
        """Check every input that the request carries. Raises InvalidRequest with all that is wrong.

        An input that only challengers and shadows use is checked when one of them is asked: it is not the client's
        business to know their features.
        """
        errors: list[FieldError] = []
        of_application = job.request.application is not None  # its client's fields were made features by this service
        for name, given in job.request.features.items():
            at = f"features.{name[:64]}"
            if name not in self._inputs and not of_application:
                errors.append(FieldError(at, f"is not a model of this service ({', '.join(sorted(self._inputs))})"))
            elif not isinstance(given, list | tuple | Mapping):
                errors.append(FieldError(at, "must be a list of numbers or an object of named values"))
            elif (model := self.standing.get(name)) is None:
                continue
            elif isinstance(model, ModelUnavailable):
                job.unreachable[name] = model.reason
            else:
                if of_application and isinstance(given, Mapping):  # a model need not use every field of one
                    given = {each: given[each] for each in model.schema.names if each in given}
                try:
                    job.rows[name] = model.schema.row(given, at)
                except InvalidRequest as error:
                    errors.extend(error.errors)
        if errors:
            raise InvalidRequest(errors=errors)

    def run(self, jobs: Iterable[Job]) -> None:
        """Score every job by its route; the jobs that none of its models could answer, by the route's fallback."""
        jobs = list(jobs)
        while jobs:
            self._run(jobs)
            jobs = [job for job in jobs if not job.log_odds and job.route and job.route.fallback]
            for job in jobs:
                job.route = job.route and job.route.fallback

    def _run(self, jobs: list[Job]) -> None:
        together: dict[str, list[Job]] = {}
        for job in jobs:
            for name in job.route.models if job.route else ():
                if name in job.rows or self._read_again(job, name):
                    together.setdefault(name, []).append(job)
                else:
                    job.faults.setdefault(name, job.unreachable.get(name, INPUT_IS_MISSING))
        for name, asking in together.items():
            try:
                outputs = self._model(name).score([job.rows[name] for job in asking])
            except ModelUnavailable as error:
                for job in asking:
                    self._fault(job, name, error.reason)
                continue
            for job, log_odds in zip(asking, outputs, strict=True):
                if math.isfinite(log_odds):
                    job.log_odds[name] = log_odds
                else:
                    self._fault(job, name, UNUSABLE)

    def _fault(self, job: Job, name: str, reason: str) -> None:
        job.faults[name] = job.unreachable[name] = reason
        del job.rows[name]  # the route that takes over does not ask this model again

    def _read_again(self, job: Job, reference: str) -> bool:
        """Whether a model's input could be read that goes by the name of another one (the champion)."""
        name = base_of(reference)
        if name == reference or reference in job.faults or name not in job.request.features:
            return False
        return self.read_as(job, reference, job.request.features[name])

    def read_as(self, job: Job, reference: str, given: object) -> bool:
        """Read the input of one more model. What it cannot use is its fault and not the client's: it never raises."""
        name, model = base_of(reference), self.standing[reference]
        if isinstance(model, ModelUnavailable):
            job.unreachable[reference] = model.reason
            return False
        try:
            job.rows[reference] = model.schema.row(given, f"features.{name}")  # type: ignore[arg-type]  # `read` checked it
        except InvalidRequest as error:
            wrong = error.errors[0]
            job.faults[reference] = f"its input does not fit: {wrong.field} {wrong.message}"
            return False
        return True

    def result(self, job: Job) -> Result:
        """Combine what answered. Raises InvalidRequest when only missing input stands in the way, else Unavailable."""
        route = job.route
        if route is None or not job.log_odds:
            raise self._no_answer(job)
        asked = zip(route.models, route.names, route.weights, strict=True)
        answered = [each for each in asked if each[0] in job.log_odds]
        models = [self._model(reference) for reference, _, _ in answered]
        total = math.fsum(share for _, _, share in answered)
        weights = [share / total for _, _, share in answered]
        log_odds = [job.log_odds[reference] for reference, _, _ in answered]
        alone = len(models) == 1 < len(route.models)
        if alone:
            log_odds = [alone_log_odds(models[0], log_odds[0])]
        names = [name for _, name, _ in answered]
        rows = [job.rows[reference] for reference, _, _ in answered]
        aggregate = weighted_mean(log_odds, weights, self._scale)
        explanation = None
        if job.request.explain:
            shares = zip(names, models, rows, weights, strict=True)
            explanation = explain_score(shares, alone, self._scale, aggregate.score)
        return Result(
            route=route,
            aggregate=aggregate,
            models=tuple(map(self._model_score, names, models, log_odds, weights)),
            inputs={
                name: named_inputs(model.schema, row) for name, model, row in zip(names, models, rows, strict=True)
            },
            degraded=tuple(Degradation(reference, reason) for reference, reason in job.faults.items()),
            explanation=explanation,
            threshold=models[0].threshold if len(models) == 1 else None,
        )

    def _model_score(self, name: str, model: Model, log_odds: float, weight: float) -> ModelScore:
        score = self._scale.score(log_odds)
        return ModelScore(name, model.version, model.digest, log_odds, score, weight, pd_of(log_odds))

    def _model(self, reference: str) -> Model:
        model = self.standing[reference]
        if isinstance(model, ModelUnavailable):
            raise model
        return model

    def _no_answer(self, job: Job) -> ServiceError:
        if reachable := [f"{name}: {reason}" for name, reason in job.faults.items() if name in job.unreachable]:
            return Unavailable(f"No model of this customer's route can answer now ({'; '.join(reachable)}).")
        told: dict[str, str] = {}
        for reference, reason in job.faults.items():
            if reason != INPUT_IS_MISSING:
                told.setdefault(base_of(reference), reason)
                continue
            model = self.standing[reference]
            needs = "" if isinstance(model, ModelUnavailable) else f"; it needs {', '.join(model.schema.names)}"
            told.setdefault(base_of(reference), f"is missing{needs}")
        errors = [FieldError(f"features.{name}", message) for name, message in told.items()]
        return InvalidRequest("The request holds no input that this customer's route can score.", errors)
