"""GET /api/v1/models, /api/v1/models/<reference> and its feature importance."""

from __future__ import annotations

import json
from dataclasses import asdict

import orjson
from flask import Blueprint, Response

from api.auth import Guard
from api.content import JSON
from api.limits import AtMost
from api.render import Json
from routing.catalog import ModelCatalog, ModelDescription
from routing.ports import ModelStatus, ModelStore
from scoring.errors import ModelUnavailable


def blueprint(models: ModelStore, catalog: ModelCatalog, guard: Guard, at_once: AtMost) -> Blueprint:
    """The models that serve now: `name`, or `name@alias`."""
    page = Blueprint("models", __name__, url_prefix="/api/v1/models")
    page.before_request(guard.requires("read"))

    @page.get("")
    def every() -> Response:
        """Every model that a route can use, also one that is not loaded."""
        with at_once:
            return _json({"models": [summary(each) for each in models.status()]})

    @page.get("/<reference>")
    def one(reference: str) -> Response:
        """A model with its features, metrics and card."""
        with at_once:
            return _json(_described(reference, catalog.describe(reference)))

    @page.get("/<reference>/feature-importance")
    def importance(reference: str) -> Response:
        """Its features, the most important first."""
        with at_once:
            status, found = catalog.describe(reference).status, catalog.importance(reference)
            if catalog.describe(reference).status.digest != status.digest:  # promoted meanwhile: two that do not fit
                status, found = catalog.describe(reference).status, catalog.importance(reference)
        features = [{"feature": each.feature, "log_odds": each.log_odds, "points": each.points} for each in found]
        rows = found[0].rows if found else 0
        measure = "mean absolute contribution to the score of one applicant"
        body = {**_name(reference, status), "measure": measure, "applicants": rows, "features": features}
        return _json(body)

    def summary(status: ModelStatus) -> Json:
        try:
            described: ModelDescription | None = catalog.describe(status.name)
        except ModelUnavailable:
            described = None
        return {
            **_standing(status.name, status),
            "created_at": described.created_at if described else None,
            "framework": described.framework if described else None,
            "output": described.output if described else None,
            "metrics": dict(described.metrics) if described else None,
            "has_card": described.card is not None if described else None,
            "signed_by": described.signed_by if described else None,
        }

    return page


def _described(reference: str, found: ModelDescription) -> Json:
    return {
        **_standing(reference, found.status),
        "created_at": found.created_at,
        "framework": found.framework,
        "library_versions": dict(found.library_versions),
        "output": found.output,
        "features": [asdict(each) for each in found.features],
        "metrics": dict(found.metrics),
        "card": None if found.card is None else dict(found.card),
        "signed_by": found.signed_by,
        "notes": list(found.notes),
    }


def _standing(reference: str, status: ModelStatus) -> Json:
    return {
        **_name(reference, status),
        "loaded": status.loaded,
        "source": status.source,
        "served": status.served,
        "problem": status.problem,
    }


def _name(reference: str, status: ModelStatus) -> Json:
    return {"model": reference, "version": status.version, "digest": status.digest}


def _json(body: Json) -> Response:
    try:
        raw = orjson.dumps(body)
    except TypeError:  # an integer of more than 64 bits in somebody's metrics or card
        raw = json.dumps(body).encode()
    return Response(raw, content_type=JSON)
