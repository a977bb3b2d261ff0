"""POST /api/v1/predict and /api/v1/predict/batch."""

from __future__ import annotations

from flask import Blueprint, Response

from api import predict_body, render
from api.auth import Guard
from api.content import json_object, json_response
from api.errors import kind_of, problem
from api.exchange import current
from api.idempotency import key_of
from api.limits import AtMost
from api.metrics import Metrics
from routing.requests import Scored, ScoringRequest
from routing.service import ScoringService
from scoring.errors import ServiceError


def blueprint(
    scoring: ScoringService, guard: Guard, at_once: AtMost, metrics: Metrics, longest_body: int, longest_batch_body: int
) -> Blueprint:
    """Predictions; the longest bodies are in bytes."""
    page = Blueprint("predict", __name__, url_prefix="/api/v1")
    page.before_request(guard.requires("score"))

    @page.post("/predict")
    def predict() -> Response:
        """Score one customer."""
        exchange = current()
        environ = exchange.environ
        with at_once:
            key = key_of(environ.get("HTTP_IDEMPOTENCY_KEY"))
            asked = predict_body.one(json_object(environ, longest_body), exchange.client, key)
            exchange.customer_id = asked.customer_id
            scored = scoring.predict(asked)
        exchange.prediction_id = scored.record.prediction_id
        response = json_response(answer(asked, scored))
        if scored.replayed:
            response.headers["Idempotency-Replayed"] = "true"
        return response

    @page.post("/predict/batch")
    def predict_batch() -> Response:
        """Score many customers together; each has an answer or a problem of its own."""
        exchange = current()
        environ = exchange.environ
        with at_once:
            key = key_of(environ.get("HTTP_IDEMPOTENCY_KEY"))
            items = predict_body.many(json_object(environ, longest_batch_body), exchange.client, key)
            exchange.items = len(items)
            outcomes = iter(scoring.predict_many([each for each in items if isinstance(each, ScoringRequest)]))
            results = [
                answer(each, next(outcomes), i) if isinstance(each, ScoringRequest) else refusal(each, i)
                for i, each in enumerate(items)
            ]
        return json_response({"results": results})

    def answer(asked: ScoringRequest, outcome: Scored | ServiceError, index: int | None = None) -> render.Json:
        if isinstance(outcome, ServiceError):
            return refusal(outcome, index)
        metrics.scored(outcome)
        return render.prediction(outcome.record, stored=outcome.stored, explain=asked.explain)

    def refusal(error: ServiceError, index: int | None) -> render.Json:
        metrics.problem(kind_of(type(error)).name)
        return problem(error, index)

    return page
