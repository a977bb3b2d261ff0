"""POST /predict and /predict/batch: the loan desk's and the credit desk's applications, told apart by their fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter

from flask import Blueprint, Response

from api import fields, render_applications
from api.application_body import Applied, applied, in_its_own_words, of_desks
from api.auth import Guard
from api.content import json_object, json_response
from api.errors import kind_of, problem
from api.exchange import current
from api.idempotency import key_of
from api.limits import AtMost
from api.metrics import Metrics
from api.predict_body import MOST_ITEMS
from api.render import Json
from routing.requests import Scored
from routing.service import ScoringService
from scoring.errors import FieldError, InvalidRequest, ServiceError


def blueprint(
    scoring: ScoringService,
    models: Mapping[str, str],
    guard: Guard,
    at_once: AtMost,
    metrics: Metrics,
    longest_body: int,
    longest_batch_body: int,
) -> Blueprint:
    """Applications; `models`: application -> the model that scores it; the longest bodies are in bytes."""
    page = Blueprint("applications", __name__)
    page.before_request(guard.requires("score"))

    @page.post("/predict")
    def predict() -> Response:
        """Score one application."""
        started, exchange = perf_counter(), current()
        with at_once:
            key = key_of(exchange.environ.get("HTTP_IDEMPOTENCY_KEY"))
            asked = of_desks(json_object(exchange.environ, longest_body), models, exchange.client, key)
            scored = score(scoring, asked, metrics)
        if asked.client == "loan":
            response = json_response(render_applications.loan(asked, scored, 1000 * (perf_counter() - started)))
        else:
            response = json_response(render_applications.credit_desk(asked, scored))
        if scored.replayed:
            response.headers["Idempotency-Replayed"] = "true"
        return response

    @page.post("/predict/batch")
    def predict_batch() -> Response:
        """Score many loan applications together; each has an answer or a problem of its own."""
        exchange = current()
        with at_once:
            key = key_of(exchange.environ.get("HTTP_IDEMPOTENCY_KEY"))
            items = _many(json_object(exchange.environ, longest_batch_body), models, exchange.client, key)
            exchange.items = len(items)
            results = _results(scoring, items, metrics)
        return json_response({"status": "success", "results": results, "count": len(results)})

    return page


def score(scoring: ScoringService, asked: Applied, metrics: Metrics) -> Scored:
    """Score and record one application. Raises a ServiceError in the client's own words."""
    exchange = current()
    exchange.customer_id = asked.request.customer_id
    try:
        scored = scoring.predict(asked.request)
    except ServiceError as error:
        raise in_its_own_words(error, asked) from None
    exchange.prediction_id = scored.record.prediction_id
    metrics.scored(scored)
    return scored


def _many(
    body: Mapping[str, object], models: Mapping[str, str], client: str, key: str | None
) -> list[Applied | InvalidRequest]:
    errors = fields.unknown(body, ("applications",))
    items = body.get("applications")
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        errors.append(FieldError("applications", f"must be a list of at most {MOST_ITEMS:,} applications"))
        raise InvalidRequest(errors=errors)
    fields.refuse(errors)
    return [_one(item, models, client, None if key is None else f"{key}#{i}") for i, item in enumerate(items)]


def _one(item: object, models: Mapping[str, str], client: str, key: str | None) -> Applied | InvalidRequest:
    if not isinstance(item, dict):
        return InvalidRequest("The item must be a JSON object.")
    try:
        return applied("loan", item, models, client, key)
    except InvalidRequest as error:
        return error


def _results(scoring: ScoringService, items: Sequence[Applied | InvalidRequest], metrics: Metrics) -> list[Json]:
    started = perf_counter()
    outcomes = iter(scoring.predict_many([each.request for each in items if isinstance(each, Applied)]))
    milliseconds = 1000 * (perf_counter() - started)
    results = []
    for index, item in enumerate(items):
        outcome = item if isinstance(item, InvalidRequest) else next(outcomes)
        if isinstance(item, Applied) and isinstance(outcome, Scored):
            metrics.scored(outcome)
            results.append(render_applications.loan(item, outcome, milliseconds))
            continue
        assert isinstance(outcome, ServiceError)  # noqa: S101 # what is not scored was refused
        error = in_its_own_words(outcome, item) if isinstance(item, Applied) else outcome
        metrics.problem(kind_of(type(error)).name)
        results.append(problem(error, index))
    return results
