"""POST /api/v1/outcomes and /api/v1/predictions/<id>/override: what became of predictions, and who overruled them."""

from __future__ import annotations

from flask import Blueprint, Response

from api import audit_body, render_audit
from api.auth import Guard
from api.content import json_object, json_response
from api.errors import kind_of, problem
from api.exchange import current
from api.limits import AtMost
from api.metrics import Metrics
from api.render import Json
from routing.audit import AuditService
from routing.outcomes import Noted, Outcome
from scoring.errors import ServiceError


def blueprint(
    audit: AuditService, guard: Guard, at_once: AtMost, metrics: Metrics, longest_body: int, longest_batch_body: int
) -> Blueprint:
    """What is noted of predictions; the longest bodies are in bytes."""
    page = Blueprint("record", __name__, url_prefix="/api/v1")
    page.before_request(guard.requires("record"))

    @page.post("/outcomes")
    def outcomes() -> Response:
        """Note one outcome, or many, each with an answer or a problem of its own."""
        exchange = current()
        with at_once:
            body = json_object(exchange.environ, longest_batch_body)
            items = audit_body.outcomes(body)
            if items is None:
                only = audit_body.outcome(body)
                exchange.customer_id = only.customer_id
                result = audit.outcomes([only])[0]
                if isinstance(result, ServiceError):
                    raise result
                exchange.prediction_id, exchange.customer_id = result.event.prediction_id, result.event.customer_id
                return json_response(render_audit.noted(result))
            exchange.items = len(items)
            found = iter(audit.outcomes([each for each in items if isinstance(each, Outcome)]))
            results = [answer(next(found) if isinstance(each, Outcome) else each, i) for i, each in enumerate(items)]
        return json_response({"results": results})

    @page.post("/predictions/<prediction_id>/override")
    def override(prediction_id: str) -> Response:
        """Note a person's decision in place of the computed one."""
        exchange = current()
        with at_once:
            asked = audit_body.override(json_object(exchange.environ, longest_body))
            result = audit.override(prediction_id, asked)
        exchange.prediction_id, exchange.customer_id = result.event.prediction_id, result.event.customer_id
        return json_response(render_audit.noted(result))

    def answer(result: Noted | ServiceError, index: int) -> Json:
        if isinstance(result, Noted):
            return render_audit.noted(result)
        metrics.problem(kind_of(type(result)).name)
        return problem(result, index)

    return page
