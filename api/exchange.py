"""One request on its way through: who asks, and what log and metrics may say of it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Any, cast

from flask import request

REQUEST_ID = re.compile(r"[A-Za-z0-9._:@/+=-]{1,128}")
TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C Trace Context, level 1, section 3.2."""


@dataclass(slots=True)
class Exchange:
    """`environ` is WSGI's (reading it here is cheaper than through Flask's proxy); `started` is of `perf_counter`.

    `outer` is the exchange of the request that this one was made within, in the same thread (tests do that).
    `client` is the name of the API key, empty where none is required.
    `customer_id` is only ever logged as a keyed reference; `problem` is the kind of problem that was answered.
    """

    environ: Mapping[str, Any]
    request_id: str
    traceparent: str | None
    started: float
    outer: Exchange | None
    client: str = ""
    customer_id: str | None = None
    prediction_id: str | None = None
    items: int | None = None
    problem: str | None = None


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""Of this thread; Flask's `g` is found through two proxies, each time."""


def begin() -> None:
    """Start the exchange of this request: the client's request id and trace where they are sane, else an id of ours."""
    environ = request.environ
    given = environ.get("HTTP_X_REQUEST_ID", "")
    trace = environ.get("HTTP_TRACEPARENT", "")
    exchange = Exchange(
        environ,
        request_id=given if REQUEST_ID.fullmatch(given) else secrets.token_hex(16),
        traceparent=trace if trace and TRACEPARENT.fullmatch(trace) else None,
        started=perf_counter(),
        outer=_current.get(),
    )
    _current.set(exchange)


def end(_: BaseException | None) -> None:
    """Let go of the exchange, and so of the body of the request."""
    if exchange := _current.get():
        _current.set(exchange.outer)


def current() -> Exchange:
    """The exchange of the request that is being answered."""
    return cast("Exchange", _current.get())


def current_or_none() -> Exchange | None:
    """The same, or None outside a request."""
    return _current.get()
