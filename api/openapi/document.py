"""The whole document, and the part of it that a deployment serves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from api.auth import Scope
from api.openapi import (
    audit,
    bank,
    desks,
    lab,
    lab_drift,
    lab_explain,
    lab_judge,
    lab_train,
    mobile,
    models,
    operation,
    problems,
    service,
)
from api.openapi.schema import Json

VERSION: Final = "1.0.0"
"""Of the interface: its first number changes when a client has to."""
MODULES: Final = (bank, audit, models, desks, mobile, lab_train, lab_explain, lab_judge, lab_drift, service)
SCOPES: Final[Mapping[Scope, str]] = {
    "score": "scores, of all clients",
    "read": "what was scored: search, records, models, reports",
    "record": "outcomes and overrides",
    "erase": "erasures and legal holds",
    "lab": "the model laboratory",
}
DESCRIPTION: Final = """\
Credit scores with reasons, for five kinds of client. Every score is a record: stored, found again,
explained, replayed.

Bodies are JSON in UTF-8. A name twice, NaN, Infinity and what two readers could read differently are refused (400).
Every error, on every path, is `application/problem+json` (RFC 9457); its `instance` is the request id, also in
`X-Request-ID`. An answer may get more fields in time, never fewer and none of another type."""
TAGS: Final[Mapping[str, str]] = {
    bank.TAG: "The bank's services: routed scores of customers.",
    audit.TAG: "For people who have to answer for a score, and for those whom it is about.",
    models.TAG: "What serves now.",
    models.REPORTS: "How predictions came true.",
    desks.TAG: "Applications in their clients' own words.",
    mobile.TAG: "Home Credit applications, for the app.",
    lab.TAG: "Train, evaluate and explain models, fairness and drift. Only where the laboratory is switched on.",
    service.TAG: "For load balancers, monitoring and readers of this.",
}
_CONVERTER: Final = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_REFERENCE: Final = "#/components/"


def document() -> Json:
    """Every path of every client."""
    return _of({path: each for module in MODULES for path, each in module.PATHS.items()})


def part(rules: Iterable[tuple[str, Iterable[str]]]) -> Json:
    """The document of these rules of a Flask application, each with its methods."""
    served = {(_CONVERTER.sub(r"{\1}", rule), method.lower()) for rule, methods in rules for method in methods}
    paths = {}
    for path, each in document()["paths"].items():
        if kept := {method: asked for method, asked in each.items() if (path, method) in served}:
            paths[path] = kept
    return _of(paths)


def _of(paths: Json) -> Json:
    used = {tag for each in paths.values() for asked in each.values() for tag in asked["tags"]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Credit scoring",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "tags": [{"name": name, "description": about} for name, about in TAGS.items() if name in used],
        "paths": paths,
        "components": _components(paths),
    }


def _components(paths: Json) -> Json:
    """What is referred to, directly or not."""
    schemas = problems.SCHEMAS | {name: each for module in MODULES for name, each in module.SCHEMAS.items()}
    known: Json = {"headers": operation.HEADERS, "schemas": schemas}
    found: dict[str, Json] = {"schemas": {}, "responses": {}, "headers": {}}
    waiting = list(_references(paths))
    while waiting:
        kind, name = waiting.pop()
        if name not in found[kind]:
            found[kind][name] = problems.component(name) if kind == "responses" else known[kind][name]
            waiting += _references(found[kind][name])
    told = ", ".join(f"`{scope}` ({about})" for scope, about in SCOPES.items())
    scheme = {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": f"Needed where this deployment has API keys. A key has one or more scopes: {told}.",
    }
    listed = {kind: dict(sorted(each.items())) for kind, each in found.items()}
    return {"securitySchemes": {operation.SCHEME: scheme}, **listed}


def _references(value: Any) -> Iterator[tuple[str, str]]:
    """(kind, name) of every component that is referred to."""
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(_REFERENCE):
            kind, _, name = reference.removeprefix(_REFERENCE).partition("/")
            yield kind, name
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _references(each)
