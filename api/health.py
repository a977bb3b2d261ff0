"""GET /health, /health/live and /health/ready, for people and for load balancers."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response

from api.content import json_response
from routing.requests import Health
from routing.service import ScoringService
from scoring.errors import Unavailable
from scoring.identity import stamp


def blueprint(scoring: ScoringService) -> Blueprint:
    """Health, open to everybody."""
    page = Blueprint("health", __name__)

    @page.get("/health")
    def health() -> Response:
        """How everything stands; 503 only when nothing can be scored."""
        state = scoring.health()
        return json_response({"status": state.status, **_state(state)}, 503 if state.status == "unhealthy" else 200)

    @page.get("/health/live")
    def live() -> Response:
        """This process answers."""
        return json_response({"status": "alive"}, 200)

    @page.get("/health/ready")
    def ready() -> Response:
        """Every model is loaded, verified and warm. The table does not turn it: its outage is every machine's."""
        state = scoring.health()
        if not state.ready:
            raise Unavailable(f"Not ready: these models are not loaded: {', '.join(state.missing)}.")
        return json_response({"status": "ready", **_state(state)}, 200)

    return page


def _state(state: Health) -> dict[str, object]:
    loaded = [each.name for each in state.models if each.loaded]
    return {
        "models_cached": loaded,
        "model_loaded": bool(loaded),
        "models": [
            {
                "model": each.name,
                "loaded": each.loaded,
                "version": each.version,
                "source": each.source,
                "served": each.served,
                "problem": each.problem,
            }
            for each in state.models
        ],
        "table": "reachable" if state.table_ok else "out of reach",
        "outbox_waiting": state.outbox_waiting,
        "timestamp": stamp(datetime.now(UTC)),
    }
