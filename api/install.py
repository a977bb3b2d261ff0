"""What every request to the application goes through, whatever its path: ids, errors, CORS, metrics, one log line."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from time import perf_counter
from typing import Any

from flask import Flask, Request, Response, request
from flask_cors.core import get_cors_options, set_cors_headers
from werkzeug.routing import MapAdapter

from api import errors
from api.exchange import Exchange, begin, current, end
from api.logs import customer_reference
from api.metrics import Metrics
from api.paths import AnyText

QUIET = frozenset(("/health", "/health/live", "/health/ready", "/metrics"))
"""Routes that machines ask every few seconds; their successes are logged at DEBUG."""
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS")
SENT = ("Accept", "Content-Type", "Idempotency-Key", "traceparent", "X-API-Key", "X-Request-ID")
READ = ("Idempotency-Replayed", "Location", "Retry-After", "traceparent", "X-Request-ID")
PREFLIGHT_SECONDS = 600

log = logging.getLogger("api.requests")


def install(app: Flask, metrics: Metrics, secret: bytes, cors_origins: Sequence[str]) -> None:
    """Prepare an application, before its blueprints are registered.

    `secret` keys the references to customers in the log; `cors_origins` may send the headers SENT and see READ.
    """
    app.url_map.converters["any_text"] = AnyText
    app.url_map.merge_slashes = False  # //health is an unknown path, and not a redirect with a page of HTML
    app.register_error_handler(Exception, errors.answer)
    # Every view and hook is synchronous; that Flask finds out again at each call takes a twentieth of the request.
    app.ensure_sync = _as_it_is  # type: ignore[method-assign]
    app.create_url_adapter = partial(_by_path, app)  # type: ignore[method-assign]
    cors = get_cors_options(
        app,
        {
            "origins": list(cors_origins),
            "methods": METHODS,
            "allow_headers": SENT,
            "expose_headers": READ,
            "max_age": PREFLIGHT_SECONDS,
            "always_send": False,
        },
    )

    app.before_request(begin)
    app.teardown_request(end)
    log_secret = sha256(secret).digest()

    # One hook and not one for each concern: every hook costs each request its call.
    @app.after_request
    def after(response: Response) -> Response:
        exchange = current()
        _set_headers(response, exchange)
        if "HTTP_ORIGIN" in exchange.environ:  # flask-cors takes longer to find out that there is none
            set_cors_headers(response, cors)
        rule, status = request.url_rule, response.status_code
        route = rule.rule if rule else None
        seconds = perf_counter() - exchange.started
        metrics.request(exchange.environ["REQUEST_METHOD"], route, status, seconds)
        if exchange.problem:
            metrics.problem(exchange.problem)
        level = logging.DEBUG if status < 400 and route in QUIET else logging.INFO
        if log.isEnabledFor(level):
            told = _told(exchange, route, status, seconds, log_secret)
            # Without the search for the calling line that log.log() makes: it takes a third of the time.
            log.handle(log.makeRecord(log.name, level, "", 0, "request", (), None, extra=told))
        return response


def _as_it_is(func: Callable[..., Any]) -> Callable[..., Any]:
    return func


def _by_path(app: Flask, asked: Request | None) -> MapAdapter | None:
    """What finds the rule of a request. No rule depends on the host, which takes Flask longer to read than the rule."""
    return app.url_map.bind("", path_info=asked.path, default_method=asked.method) if asked else None


def _set_headers(response: Response, exchange: Exchange) -> None:
    headers = response.headers
    headers["X-Request-ID"] = exchange.request_id
    if exchange.traceparent:
        headers["traceparent"] = exchange.traceparent
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Cache-Control", "no-store")  # the documentation may be kept


def _told(exchange: Exchange, route: str | None, status: int, seconds: float, secret: bytes) -> dict[str, object]:
    """What the log says of a request: neither path nor query nor body, which may name a customer."""
    fields: dict[str, object] = {
        "method": exchange.environ["REQUEST_METHOD"],
        "route": route,
        "status": status,
        "duration_ms": round(seconds * 1000, 3),
        "client": exchange.client or None,
        "prediction_id": exchange.prediction_id,
        "items": exchange.items,
        "problem": exchange.problem,
    }
    if exchange.customer_id is not None:
        fields["customer_ref"] = customer_reference(secret, exchange.customer_id)
    return {name: value for name, value in fields.items() if value is not None}
