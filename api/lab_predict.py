"""POST /api/predict: a laboratory model, by its type, asked about one applicant.

It is a trial, and not a decision about a customer: nothing is looked up and nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response

from api import fields
from api.auth import Guard
from api.content import json_object, json_response
from api.exchange import current
from api.limits import AtMost
from api.render import Json
from laboratory.inputs import Coded, coded
from laboratory.plan import MODEL_TYPES
from laboratory.ports import Analyst, LabModel, LabModels
from scoring.errors import FieldError, ModelUnavailable
from scoring.identity import stamp
from scoring.scale import ScoreScale, pd_of

FIELDS = ("features", "model_type", "model_version", "experiment_name", "explain")
LONGEST = 100


def blueprint(
    models: LabModels, analyst: Analyst, scale: ScoreScale, guard: Guard, at_once: AtMost, longest_body: int
) -> Blueprint:
    """Trials of laboratory models; the longest body is in bytes."""
    page = Blueprint("lab_predict", __name__)
    page.before_request(guard.requires("lab"))

    @page.post("/api/predict")
    def predict() -> Response:
        """The newest model of a type, or the one that is named, on one applicant."""
        with at_once:
            body = json_object(current().environ, longest_body)
            _check(body)
            model = models.find(body["model_type"], body.get("model_version"), body.get("experiment_name"))
            row = coded(model, body["features"])
            answer = predicted(model, row, scale)
            if body.get("explain"):
                asked = {"features": body["features"], "model_type": model.model_type, "model_version": model.version}
                answer["explanation"] = analyst.run("explain", {**asked, "method": "shap", "scope": "local"})
        return json_response(answer)

    return page


def predicted(model: LabModel, given: Coded, scale: ScoreScale) -> Json:
    """What a model says of one applicant. Raises ModelUnavailable."""
    log_odds = model.model.score([given.row])[0]
    if log_odds != log_odds:  # NaN
        raise ModelUnavailable(model.model.name, "it gave no usable probability of default")
    pd = pd_of(log_odds)
    return {
        "model_type": model.model_type,
        "model_version": model.version,
        "experiment_name": model.facts.get("experiment"),
        "prediction": int(pd >= model.threshold),
        "probability_of_default": pd,
        "threshold": model.threshold,
        "score": scale.score(log_odds),
        "imputed": [{"feature": name, "value": value} for name, value in given.imputed.items()],
        "ignored_features": list(given.ignored[: fields.MOST_TOLD]),
        "timestamp": stamp(datetime.now(UTC)),
    }


def _check(body: Mapping[str, Any]) -> None:
    errors = fields.unknown(body, FIELDS)
    if not isinstance(body.get("features"), dict):
        problem = "must be an object of named values" if "features" in body else "is missing"
        errors.append(FieldError("features", problem))
    if body.get("model_type") not in MODEL_TYPES:
        errors.append(FieldError("model_type", f"must be one of {', '.join(MODEL_TYPES)}"))
    for name in ("model_version", "experiment_name"):
        if body.get(name) is not None:
            fields.text(body, name, LONGEST, errors)
    if not isinstance(body.get("explain", False), bool):
        errors.append(FieldError("explain", "must be true or false"))
    fields.refuse(errors)
