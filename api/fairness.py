"""POST /api/fairness/analyze."""

from __future__ import annotations

from flask import Blueprint, Response

from api.auth import Guard
from api.content import json_object, json_response
from api.exchange import current
from api.limits import AtMost
from laboratory.ports import Analyst


def blueprint(analyst: Analyst, guard: Guard, at_once: AtMost, longest_body: int) -> Blueprint:
    """Fairness analyses, done by the analyst; the longest body is in bytes."""
    page = Blueprint("fairness", __name__, url_prefix="/api/fairness")
    page.before_request(guard.requires("lab"))

    @page.post("/analyze")
    def analyze() -> Response:
        """Whether decisions treat groups of people alike."""
        with at_once:
            return json_response(analyst.run("fairness", json_object(current().environ, longest_body)))

    return page
