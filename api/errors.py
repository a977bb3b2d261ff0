"""The one table from error to status, and problem+json (RFC 9457) for every error on every path."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import orjson
from flask import Response
from werkzeug.exceptions import HTTPException

from api.auth import Forbidden, Unauthenticated
from api.content import PROBLEM, NotAcceptable, TooLarge, UnsupportedContent
from api.exchange import current
from api.limits import RateLimited
from api.mobile_model import NoImportance
from api.strict_json import NotJson, TooManyParts
from laboratory.ports import JobEnded, LaboratoryUnavailable, TooManyJobs, UnknownJob, UnknownLabModel
from routing.archive import OnHold, UnknownCustomer, UnknownPrediction
from routing.audit import OverrideReplaced
from routing.catalog import UnknownModel
from routing.noting import NotedTooMuch
from routing.outcomes import Contradiction, PredictionErased
from scoring.errors import (
    AnswerErased,
    InvalidRequest,
    KeyInProgress,
    KeyReused,
    ModelUnavailable,
    Overloaded,
    ServiceError,
    TableUnavailable,
    Unavailable,
)

MOST_ERRORS = 100
"""Field errors that one problem lists."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem. `name` is stable, `retry_after` in seconds; `detail` stands in where an error has none."""

    status: int
    name: str
    title: str
    retry_after: int | None = None
    detail: str | None = None

    @property
    def type(self) -> str:
        """The URI that names this kind."""
        return f"urn:problem-type:credit-api:{self.name}"


DEFECT = Kind(500, "internal-error", "Internal error", detail="A defect of this service; its log knows the request id.")

KINDS: dict[type[Exception], Kind] = {
    NotJson: Kind(400, "not-json", "The body is not usable JSON"),
    NoImportance: Kind(400, "no-importance", "The model has no importance of features"),
    Unauthenticated: Kind(401, "unauthenticated", "An API key is required"),
    Forbidden: Kind(403, "forbidden", "The API key has not the scope"),
    NotAcceptable: Kind(406, "not-acceptable", "Only JSON can be answered"),
    UnknownCustomer: Kind(404, "unknown-customer", "The customer is not known"),
    UnknownModel: Kind(404, "unknown-model", "The model is not known"),
    UnknownJob: Kind(404, "unknown-job", "The training job is not known"),
    UnknownLabModel: Kind(404, "unknown-lab-model", "The laboratory has no such model"),
    UnknownPrediction: Kind(404, "unknown-prediction", "The prediction is not known"),
    Contradiction: Kind(409, "contradicting-outcome", "The other outcome is held of this prediction and day"),
    OnHold: Kind(409, "on-hold", "A legal hold prevents the erasure"),
    NotedTooMuch: Kind(409, "noted-too-much", "Nothing more is noted of this prediction"),
    OverrideReplaced: Kind(409, "override-replaced", "This override was given before, and replaced since"),
    JobEnded: Kind(409, "job-ended", "The training job has ended"),
    KeyInProgress: Kind(409, "key-in-progress", "The first request with this key is still running", retry_after=1),
    AnswerErased: Kind(410, "answer-erased", "The answer was erased with its customer's data"),
    PredictionErased: Kind(410, "prediction-erased", "The prediction was erased with its customer's data"),
    TooLarge: Kind(413, "too-large", "The body is too large"),
    TooManyParts: Kind(413, "too-large", "The body is too large"),
    UnsupportedContent: Kind(415, "unsupported-content", "The content type or encoding is not supported"),
    KeyReused: Kind(422, "key-reused", "The Idempotency-Key came before with another body"),
    InvalidRequest: Kind(422, "invalid-request", "The request is not valid"),
    RateLimited: Kind(429, "rate-limited", "Too many requests"),
    TooManyJobs: Kind(429, "too-many-jobs", "Too many training jobs wait", retry_after=60),
    LaboratoryUnavailable: Kind(503, "laboratory-unavailable", "The laboratory is out of reach", retry_after=5),
    Overloaded: Kind(503, "overloaded", "Too many requests at once", retry_after=1),
    TableUnavailable: Kind(503, "table-unavailable", "The customers table is out of reach", retry_after=5),
    ModelUnavailable: Kind(503, "model-unavailable", "A model is out of reach", retry_after=5),
    Unavailable: Kind(503, "unavailable", "A needed part is out of reach", retry_after=5),
}

HTTP_KINDS: dict[int, Kind] = {
    404: Kind(404, "not-found", "Not found", detail="There is nothing under this path."),
    405: Kind(405, "method-not-allowed", "Method not allowed", detail="The header Allow lists what this path takes."),
    413: KINDS[TooLarge],
    415: KINDS[UnsupportedContent],
}
"""What Flask refuses by itself. Other statuses mean what HTTP says, and have the type about:blank."""


def kind_of(error: type[Exception]) -> Kind:
    """The kind of problem that an error class is: its own, else that of its nearest base, else a defect."""
    return next((KINDS[each] for each in error.__mro__ if each in KINDS), DEFECT)


def problem(error: ServiceError, index: int | None = None) -> dict[str, object]:
    """The problem object of an error; `index` is its place in a batch."""
    body = _body(kind_of(type(error)), error.detail)
    if isinstance(error, InvalidRequest) and error.errors:
        body["errors"] = [{"field": each.field, "message": each.message} for each in error.errors[:MOST_ERRORS]]
    return body if index is None else {"index": index, **body}


def answer(error: Exception) -> Response:
    """The response to any exception that a request ended with."""
    if isinstance(error, ServiceError):
        kind = kind_of(type(error))
        response = _response(kind, problem(error))
        retry_after = error.retry_after if isinstance(error, RateLimited) else kind.retry_after
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        if kind.status == 401:
            response.headers["WWW-Authenticate"] = 'ApiKey header="X-API-Key"'
        return response
    if isinstance(error, HTTPException) and error.code is not None and error.code != 500:
        return _of_flask(error, error.code)
    log.error("unexpected error", exc_info=error)
    return _response(DEFECT, _body(DEFECT, None))


def _of_flask(error: HTTPException, status: int) -> Response:
    blank = Kind(status, f"http-{status}", error.name, detail=f"{error.name}.")
    kind = HTTP_KINDS.get(status, blank)
    body = _body(kind, None)
    if kind is blank:
        body["type"] = "about:blank"
    response = _response(kind, body)
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value
    return response


def _body(kind: Kind, detail: str | None) -> dict[str, object]:
    return {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": detail or kind.detail,
        "instance": current().request_id,
    }


def _response(kind: Kind, body: dict[str, object]) -> Response:
    current().problem = kind.name
    return Response(orjson.dumps(body), kind.status, content_type=PROBLEM)
