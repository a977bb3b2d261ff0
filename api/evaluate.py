"""POST /api/evaluate."""

from __future__ import annotations

from flask import Blueprint, Response

from api.auth import Guard
from api.content import json_object, json_response
from api.exchange import current
from api.limits import AtMost
from laboratory.ports import Analyst


def blueprint(analyst: Analyst, guard: Guard, at_once: AtMost, longest_body: int) -> Blueprint:
    """Evaluations, done by the analyst; the longest body is in bytes."""
    page = Blueprint("evaluate", __name__, url_prefix="/api")
    page.before_request(guard.requires("lab"))

    @page.post("/evaluate")
    def evaluate() -> Response:
        """How good predictions, or a laboratory model on rows, are."""
        with at_once:
            return json_response(analyst.run("evaluate", json_object(current().environ, longest_body)))

    return page
