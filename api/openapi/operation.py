"""One operation of the document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.auth import Scope
from api.content import JSON
from api.openapi.problems import BUSY, GUARDED, READS_A_BODY, Errors, refusals
from api.openapi.schema import TEXT, TIME, Json, text
from scoring.errors import InvalidRequest
from scoring.identity import LONGEST_CUSTOMER_ID

SCHEME: Final = "ApiKey"
HEADERS: Final[dict[str, Json]] = {
    "X-Request-ID": {
        "description": "The id of the request: the client's own X-Request-ID where it sent a usable one, else a new "
        "one. It is in every answer, and every line of the log that is about the request has it.",
        "required": True,
        "schema": TEXT,
    },
    "Idempotency-Replayed": {
        "description": "There where the answer was given before, to an earlier request with this Idempotency-Key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Location": {"description": "Where what was begun can be followed.", "required": True, "schema": TEXT},
    "Retry-After": {
        "description": "Seconds after which asking again makes sense.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
}
KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Makes a retry safe: the same key with the same body gives the same answer within 24 hours, and "
    "what is asked is done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}
PERIOD: Final[tuple[Json, ...]] = (
    {"name": "since", "in": "query", "schema": TIME, "description": "The first moment (with Z or an offset)."},
    {"name": "until", "in": "query", "schema": TIME, "description": "The last moment (with Z or an offset)."},
)


def query(name: str, schema: Json, about: str, *, required: bool = False) -> Json:
    """A parameter of the query string."""
    return {"name": name, "in": "query", "description": about, "required": required, "schema": schema}


def in_path(name: str, about: str, schema: Json = TEXT) -> Json:
    """A part of the path."""
    return {"name": name, "in": "path", "description": about, "required": True, "schema": schema}


CUSTOMER_IN_PATH: Final = in_path(
    "customer_id",
    "The rest of the path, percent-encoded whole: an id may hold anything but control characters.",
    text(LONGEST_CUSTOMER_ID),
)


def answer(
    about: str, schema: Json, examples: Mapping[str, Any] | None = None, headers: Sequence[str] = (), kind: str = JSON
) -> Json:
    """One answer that is no problem; `examples`: what it is an example of -> a body."""
    content: Json = {"schema": schema}
    if examples:
        content["examples"] = _named(examples)
    names = ("X-Request-ID", *headers)
    refer = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return {"description": about, "headers": refer, "content": {kind: content}}


def body(schema: Json, examples: Mapping[str, Any]) -> Json:
    """The body of a request; `examples`: what it is an example of -> a body."""
    return {"required": True, "content": {JSON: {"schema": schema, "examples": _named(examples)}}}


def _named(examples: Mapping[str, Any]) -> Json:
    return {re.sub(r"\W+", "_", name): {"summary": name, "value": value} for name, value in examples.items()}


def operation(
    tag: str,
    operation_id: str,
    summary: str,
    answers: Mapping[int, Json],
    *,
    scope: Scope | None,
    about: str = "",
    asked: Json | None = None,
    parameters: Sequence[Json] = (),
    raises: Errors = (),
    reads: bool = False,
    busy: bool = True,
) -> Json:
    """An operation with all its refusals.

    `scope`: None for what everybody may ask; `asked`: its body; `raises`: its errors beside those of every operation of
    its kind; `reads`: parameters are checked; `busy`: it is refused when too many are under way in its process.
    """
    every: Errors = raises
    if scope is not None:
        every += GUARDED + (BUSY if busy else ())
    if asked is not None:
        every += READS_A_BODY
    if reads:
        every += (InvalidRequest,)
    said: Json = {"tags": [tag], "operationId": operation_id, "summary": summary}
    if about:
        said["description"] = about
    if parameters:
        said["parameters"] = list(parameters)
    if asked is not None:
        said["requestBody"] = asked
    said["security"] = [] if scope is None else [{SCHEME: [scope]}]
    statuses = refusals(every) | {str(status): each for status, each in answers.items()}
    said["responses"] = dict(sorted(statuses.items()))
    return said
