"""/api/ml/predict, /explain and /fairness: the mobile app's applications, in the columns of Home Credit's table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, request

from api import render_applications
from api.application_body import applied, in_its_own_words
from api.applications import score
from api.auth import Guard
from api.content import json_object, json_response
from api.exchange import current
from api.idempotency import key_of
from api.limits import AtMost
from api.metrics import Metrics
from monitoring.application_fairness import ApplicationFairness
from routing.ports import ModelStore
from routing.service import ScoringService
from scoring.errors import FieldError, InvalidRequest, ServiceError

MOST_SHAP: Final = 10


def blueprint(
    scoring: ScoringService,
    models: Mapping[str, str],
    store: ModelStore,
    fairness: ApplicationFairness,
    guard: Guard,
    at_once: AtMost,
    metrics: Metrics,
    longest_body: int,
) -> Blueprint:
    """What the app asks; `models`: application -> the model that scores it; the longest body is in bytes."""
    page = Blueprint("mobile", __name__, url_prefix="/api/ml")
    page.before_request(guard.requires("score"))
    name = models["mobile"]

    @page.post("/predict")
    def predict() -> Response:
        """Score one application."""
        exchange = current()
        with at_once:
            key = key_of(exchange.environ.get("HTTP_IDEMPOTENCY_KEY"))
            asked = applied("mobile", json_object(exchange.environ, longest_body), models, exchange.client, key)
            scored = score(scoring, asked, metrics)
        response = json_response(render_applications.mobile(asked, scored))
        if scored.replayed:
            response.headers["Idempotency-Replayed"] = "true"
        return response

    @page.post("/explain")
    def explain() -> Response:
        """What moved the risk most, as SHAP values in log-odds of default. Nothing is recorded."""
        exchange = current()
        with at_once:
            asked = applied("mobile", json_object(exchange.environ, longest_body), models, exchange.client, None)
            model = store.get(name)
            fields: Any = asked.request.features[name]
            try:
                used = {each: fields[each] for each in model.schema.names if each in fields}
                row = model.schema.row(used, f"features.{name}")
            except ServiceError as error:
                raise in_its_own_words(error, asked) from None
            found = model.attribute(row)
        return json_response(render_applications.shap_values(model.schema.names, found.contributions, MOST_SHAP))

    @page.get("/fairness")
    def group_fairness() -> Response:
        """How groups fare with the model, on its stored validation set."""
        attribute = request.args.get("protected_attribute", "")
        if not attribute:
            raise InvalidRequest(errors=[FieldError("protected_attribute", "is missing")])
        with at_once:
            return json_response(fairness.of("mobile", attribute))

    return page
