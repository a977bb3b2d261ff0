"""GET /api/v1/predictions/<id> and its explanation."""

from __future__ import annotations

from flask import Blueprint, Response

from api import render_audit
from api.auth import Guard
from api.content import json_response
from api.exchange import current
from api.limits import AtMost
from explanation.person import Explainer
from routing.archive import Filed
from routing.audit import AuditService

EXPLANATIONS_AT_ONCE = 2
"""Each scores some thousand inputs; predictions must not wait for them."""


def blueprint(audit: AuditService, explainer: Explainer, guard: Guard, at_once: AtMost) -> Blueprint:
    """Single predictions, for auditors and for the person whom they are about."""
    page = Blueprint("predictions", __name__, url_prefix="/api/v1/predictions")
    page.before_request(guard.requires("read"))
    explaining = AtMost(EXPLANATIONS_AT_ONCE)

    @page.get("/<prediction_id>")
    def prediction(prediction_id: str) -> Response:
        """The whole record with what became known later; what is left of it, once its customer was erased."""
        with at_once:
            found = find(prediction_id)
        return json_response(render_audit.filed(found))

    @page.get("/<prediction_id>/explanation")
    def explanation(prediction_id: str) -> Response:
        """Which factors moved the score, and what would have changed the decision."""
        with explaining, at_once:
            told = explainer.explain(find(prediction_id))
        return json_response(render_audit.explanation(told))

    def find(prediction_id: str) -> Filed:
        found = audit.find(prediction_id)
        exchange = current()
        exchange.prediction_id, exchange.customer_id = found.record.prediction_id, found.record.customer_id
        return found

    return page
