"""JSON logs on standard error: one object a line, nothing of a customer in clear, and no request waits for them.

A formatter of our own and not a package: it has to leave things out (messages of exceptions, which quote what they
choked on), to write with orjson, and to drop rather than wait; the rest is a dictionary.
"""

from __future__ import annotations

import json
import logging
import os
import select
import socket
import stat
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b

import orjson

from api.exchange import current_or_none

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""Attributes that every log record has; all others came through `extra`."""

QUOTING = ("boto3", "botocore", "s3transfer", "urllib3", "sqlalchemy", "psycopg")
"""Libraries that log whole requests and statements below WARNING, customers and features included."""


def configure(level: str, on_drop: Callable[[], None], fd: int = 2) -> None:
    """Send what this process logs, from `level` on, to a file descriptor as JSON; replaces the root's handlers."""
    handler = NeverWaiting(fd, on_drop)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    before, root.handlers[:] = root.handlers[:], [handler]
    for each in before:
        if isinstance(each, NeverWaiting):
            each.close()
    root.setLevel(level)
    logging.getLogger("werkzeug").addFilter(_names_nobody)
    for name in QUOTING:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _names_nobody(record: logging.LogRecord) -> bool:
    """Whether a line of Werkzeug's development server may be kept: its lines of requests tell paths and queries."""
    return " - - [" not in str(record.msg)


def customer_reference(secret: bytes, customer_id: str) -> str:
    """A customer as the log shows them: always the same, and found only by who holds the secret (at most 64 bytes).

    48 bits of keyed BLAKE2b (RFC 7693, section 2.9), which takes a quarter of the time of an HMAC.
    """
    return blake2b(customer_id.encode(), key=secret, digest_size=6, person=b"customer").hexdigest()


class JsonFormatter(logging.Formatter):
    """One JSON object: time, level, logger, message, the request's ids, and what came through `extra`.

    Of an exception: the classes and places of its whole chain, and not its message, which may quote a customer.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if exchange := current_or_none():
            line["request_id"] = exchange.request_id
            if exchange.traceparent:
                line["traceparent"] = exchange.traceparent
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_info and record.exc_info[1]:
            line["exception"] = _chain(record.exc_info[1])
        try:
            return orjson.dumps(line, option=orjson.OPT_NON_STR_KEYS).decode()
        except TypeError:  # a lone surrogate, a huge integer, or a value that JSON has no word for
            return json.dumps(line, default=lambda value: type(value).__name__)


def _chain(error: BaseException | None) -> list[dict[str, object]]:
    chain: list[dict[str, object]] = []
    while error is not None and len(chain) < 5:
        frames = traceback.extract_tb(error.__traceback__)[-20:]
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        chain.append({"class": f"{type(error).__module__}.{type(error).__qualname__}", "at": places})
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return chain


class NeverWaiting(logging.Handler):
    """Writes lines to a file descriptor; one that would have to wait, or fails, is dropped and told to `on_drop`."""

    def __init__(self, fd: int, on_drop: Callable[[], None]) -> None:
        super().__init__()
        self._on_drop = on_drop
        self._write, self._close = _open(fd)
        self._rest = b""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, or drop it."""
        try:
            line = self.format(record).encode() + b"\n"
            sent = self._write(self._rest + line)
        except Exception:  # a log line is never worth a request
            self._on_drop()
            return
        if sent <= len(self._rest):  # the line before was cut short, and its end comes first
            self._rest = self._rest[sent:]
            self._on_drop()
        else:
            self._rest = (self._rest + line)[sent:]

    def close(self) -> None:
        """Close what this handler opened; the file descriptor it was given stays open."""
        self._close()
        self._close = _nothing
        super().close()


def _open(fd: int) -> tuple[Callable[[bytes], int], Callable[[], None]]:
    """A write that never waits, and its close. The descriptor's own flags stay: other processes share them."""
    try:
        own = os.dup(fd)
    except OSError:  # closed; whatever opens next gets this number, and must not get the log
        return lambda _: 0, _nothing
    if stat.S_ISSOCK(os.fstat(own).st_mode):
        peer = socket.socket(fileno=own)
        return lambda data: peer.send(data, socket.MSG_DONTWAIT), peer.close
    try:
        unshared = os.open(f"/proc/self/fd/{own}", os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK)
    except OSError:  # no /proc, or opened by another user before privileges were dropped
        unshared = os.dup(own)
    os.close(own)
    ready = select.poll()
    ready.register(unshared, select.POLLOUT)
    return lambda data: os.write(unshared, data) if ready.poll(0) else 0, lambda: os.close(unshared)


def _nothing() -> None:
    """There is nothing to close."""
