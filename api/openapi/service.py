"""Health, metrics and this documentation: open to everybody."""

from __future__ import annotations

from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST

from api.docs import FILES
from api.openapi.operation import answer, in_path, operation
from api.openapi.schema import ANYTHING, FLAG, TEXT, TIME, Json, many, one_of, ref, said, thing
from scoring.errors import Unavailable

TAG: Final = "Operation"
HTML: Final = "text/html; charset=utf-8"
_SOME_TEXT: Final[Json] = {"type": ["string", "null"]}
_STATE: Final[dict[str, Json]] = {
    "models_cached": said(many(TEXT), "Models that are loaded and verified."),
    "model_loaded": FLAG,
    "models": many(
        thing(
            {
                "model": TEXT,
                "loaded": FLAG,
                "version": _SOME_TEXT,
                "source": _SOME_TEXT,
                "served": _SOME_TEXT,
                "problem": _SOME_TEXT,
            }
        )
    ),
    "table": one_of(("reachable", "out of reach")),
    "outbox_waiting": said({"type": ["integer", "null"]}, "Records that wait for the table."),
    "timestamp": TIME,
}
SCHEMAS: Final[dict[str, Json]] = {
    "Health": thing({"status": one_of(("healthy", "degraded", "unhealthy")), **_STATE}),
    "Ready": thing({"status": {"const": "ready"}, **_STATE}),
}
PATHS: Final[dict[str, Json]] = {
    "/health": {
        "get": operation(
            TAG,
            "health",
            "How everything stands",
            {
                200: answer("Healthy, or degraded: a model or the table is out of reach.", ref("Health")),
                503: answer("Nothing can be scored.", ref("Health")),
            },
            scope=None,
        )
    },
    "/health/live": {
        "get": operation(
            TAG,
            "live",
            "The process answers",
            {200: answer("It does.", thing({"status": {"const": "alive"}}))},
            scope=None,
        )
    },
    "/health/ready": {
        "get": operation(
            TAG,
            "ready",
            "Every model is loaded, verified and warm",
            {200: answer("It is. The table does not turn this: its outage is every machine's.", ref("Ready"))},
            scope=None,
            raises=(Unavailable,),
        )
    },
    "/metrics": {
        "get": operation(
            TAG,
            "metrics",
            "Metrics for Prometheus",
            {200: answer("Counts and durations; never a customer.", TEXT, kind=CONTENT_TYPE_LATEST)},
            scope=None,
        )
    },
    "/openapi.json": {
        "get": operation(
            TAG,
            "openapi",
            "This document",
            {
                200: answer("OpenAPI 3.1, of the paths that this deployment serves.", ANYTHING),
                304: {"description": "It is the one that If-None-Match names."},
            },
            scope=None,
        )
    },
    "/docs": {
        "get": operation(
            TAG,
            "docs",
            "This documentation, to be tried out",
            {200: answer("A page that loads nothing from elsewhere.", TEXT, kind=HTML)},
            scope=None,
        )
    },
    "/docs/assets/{name}": {
        "get": operation(
            TAG,
            "docsAsset",
            "A file of the page",
            {
                200: {
                    "description": "A script, a style sheet or a picture.",
                    "content": {"text/javascript; charset=utf-8": {}, "text/css; charset=utf-8": {}, "image/png": {}},
                },
                304: {"description": "It is the one that If-None-Match names."},
                404: {"$ref": "#/components/responses/404.not-found"},
            },
            scope=None,
            parameters=({**in_path("name", "Its name.", one_of(FILES)), "example": "swagger-ui.css"},),
        )
    },
}
