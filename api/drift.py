"""POST /api/monitoring/drift."""

from __future__ import annotations

from flask import Blueprint, Response

from api.auth import Guard
from api.content import json_object, json_response
from api.exchange import current
from api.limits import AtMost
from laboratory.ports import Analyst


def blueprint(
    analyst: Analyst, guard: Guard, at_once: AtMost, longest_body: int, maturity_months: int = 12
) -> Blueprint:
    """Drift checks, done by the analyst. `longest_body`: bytes; `maturity_months`: outcome window by default."""
    page = Blueprint("drift", __name__, url_prefix="/api/monitoring")
    page.before_request(guard.requires("lab"))

    @page.post("/drift")
    def drift() -> Response:
        """Compare two sets of rows, or a model's recent requests with what it was validated on."""
        with at_once:
            body = json_object(current().environ, longest_body)
            options = body.get("options")
            if options is None or isinstance(options, dict):
                body["options"] = {"maturity_months": maturity_months, **(options or {})}
            return json_response(analyst.run("drift", body))

    return page
