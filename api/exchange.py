"""One request on its way through: who asks, and what log and metrics may say of it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, cast

from flask import g, has_request_context, request

REQUEST_ID = re.compile(r"[A-Za-z0-9._:@/+=-]{1,128}")
TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context, level 1, section 3.2."""


@dataclass(slots=True)
class Exchange:
    """`environ` is WSGI's (reading it here is cheaper than through Flask's proxy); `started` is of `perf_counter`.

    `client` is the name of the API key, empty where none is required.

    `customer_id` is only ever logged as a keyed reference; `problem` is the kind of problem that was answered.
    """

    environ: Mapping[str, Any]
    request_id: str
    traceparent: str | None
    started: float
    client: str = ""
    customer_id: str | None = None
    prediction_id: str | None = None
    items: int | None = None
    problem: str | None = None


def begin() -> None:
    """Start the exchange of this request: the client's request id and trace where they are sane, else an id of ours."""
    environ = request.environ
    given = environ.get("HTTP_X_REQUEST_ID", "")
    trace = environ.get("HTTP_TRACEPARENT", "")
    g.exchange = Exchange(
        environ,
        request_id=given if REQUEST_ID.fullmatch(given) else secrets.token_hex(16),
        traceparent=trace if trace and TRACEPARENT.fullmatch(trace) else None,
        started=perf_counter(),
    )


def current() -> Exchange:
    """The exchange of the request that is being answered."""
    return cast("Exchange", g.exchange)


def current_or_none() -> Exchange | None:
    """The same, or None outside a request."""
    return cast("Exchange | None", g.get("exchange")) if has_request_context() else None
