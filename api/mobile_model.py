"""/api/ml/health, /info and /feature-importance: the mobile app's model. Every figure is the bundle's own."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response

from api.auth import Guard
from api.content import json_response
from api.limits import AtMost
from routing.catalog import ModelCatalog, ModelDescription
from scoring.errors import ModelUnavailable, ServiceError

MOST_IMPORTANT: Final = 15


class NoImportance(ServiceError):
    """The model's output does not depend on any feature that could be told."""


def blueprint(name: str, catalog: ModelCatalog, guard: Guard, at_once: AtMost) -> Blueprint:
    """What the app shows of its model; `name`: under which that serves."""
    page = Blueprint("mobile_model", __name__, url_prefix="/api/ml")
    page.before_request(guard.requires("score"))

    @page.get("/health")
    def health() -> Response:
        """Whether the model can answer, and which it is."""
        with at_once:
            try:
                found = catalog.describe(name)
            except ModelUnavailable as error:
                return json_response({"healthy": False, "model": name, "problem": error.reason}, 503)
        return json_response(
            {
                "healthy": True,
                "model_version": found.status.version,
                "model_type": _algorithm(found),
                "last_trained": found.created_at,
                "metrics": _figures(found, ("accuracy", "auc_roc")),
            }
        )

    @page.get("/info")
    def info() -> Response:
        """The model in a few words."""
        with at_once:
            found = catalog.describe(name)
        return json_response(
            {
                "name": name,
                "version": found.status.version,
                "algorithm": _algorithm(found),
                "features_count": len(found.features),
                "training_date": found.created_at,
                "performance": _figures(found, ("auc_roc", "accuracy", "precision", "recall")),
            }
        )

    @page.get("/feature-importance")
    def importance() -> Response:
        """The most important features, in mean absolute log-odds."""
        with at_once:
            found = [each for each in catalog.importance(name) if each.log_odds > 0]
        if not found:
            raise NoImportance("This model has no importance of features.")
        return json_response({each.feature: each.log_odds for each in found[:MOST_IMPORTANT]})

    return page


def _algorithm(found: ModelDescription) -> str:
    facts = found.metrics.get("laboratory")
    kind = facts.get("model_type") if isinstance(facts, dict) else None
    return str(kind or found.framework)


def _figures(found: ModelDescription, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: found.metrics.get(name) for name in names}
