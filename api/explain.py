"""POST /api/explain: why a laboratory model says what it says of an applicant, or altogether."""

from __future__ import annotations

from flask import Blueprint, Response

from api.auth import Guard
from api.content import json_object, json_response
from api.exchange import current
from api.limits import AtMost
from laboratory.ports import Analyst


def blueprint(analyst: Analyst, guard: Guard, at_once: AtMost, longest_body: int) -> Blueprint:
    """Explanations by Shapley values, LIME, partial dependence and counterfactuals; the longest body is in bytes."""
    page = Blueprint("lab_explain", __name__, url_prefix="/api")
    page.before_request(guard.requires("lab"))

    @page.post("/explain")
    def explain() -> Response:
        """One explanation, computed by the analyst beside this process."""
        with at_once:
            return json_response(analyst.run("explain", json_object(current().environ, longest_body)))

    return page
