"""The gunicorn worker: gthread, where a request takes a thread only once it has arrived whole.

gthread gives a connection to a thread at once and lets that thread wait for the client, and lingers in its event loop
over connections that the client does not close: a few dozen slow clients stop a worker, health checks included. Here
the event loop collects the bytes, within one deadline for headers and body together, and a thread only answers. At
SIGTERM and SIGHUP gthread also drops requests that the kernel has accepted and connections that it promised to keep.
"""

from __future__ import annotations

import socket
import sys
import time
from collections import deque
from functools import partial
from http import HTTPStatus
from selectors import EVENT_READ
from struct import pack
from typing import Any

from gunicorn import util
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http import Request, errors
from gunicorn.http.wsgi import create
from gunicorn.workers.gthread import TConn, ThreadWorker

from bootstrap.answering import Answer, refuse, take_what_is_here
from bootstrap.arrival import Arrival, HeadTooLong

ARRIVE_WITHIN = 10.0
"""Seconds from the connection, or from the first byte of its next request, to the last byte of the request."""
STALL = pack("ll", 5, 0)
"""struct timeval: how long a thread waits for a client that stops taking its answer, or stops in the middle of a body
that is too long to be held."""
LINGER = 5.0
"""Seconds that an idle kept connection lives on after SIGTERM or SIGHUP: the request that may be under way on it is
answered (with `Connection: close`), not reset."""
LONGEST_DRAINED = 64 * 1024 * 1024
"""Bytes of a refused body that are still taken, within 2 s, so that the client comes to read the refusal."""

_STATUS = {
    errors.LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    errors.LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    errors.UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
}


class Connection(TConn):
    """A connection and what has arrived on it; `deadline` (of time.monotonic) is when its next request must be here."""

    def __init__(self, cfg: Config, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        self.arrival = Arrival(sock)
        self.deadline = 0.0
        self.data_ready = True  # no thread has to wait

    def init(self) -> None:
        """Make the parser, and let it read what has arrived."""
        super().init()
        self.parser.unreader = self.arrival  # type: ignore[union-attr]  # there is a parser now

    def close(self, graceful: bool | None = False) -> None:  # noqa: ARG002 (it is never wanted)
        """Close now: the base class lingers for up to 2 s, and in the event loop."""
        util.close(self.sock)


class BufferingWorker(ThreadWorker):
    """gthread, with requests collected before they take a thread, and an end that refuses none of them."""

    core: int
    _notified = 0.0
    keepalived_conns: deque[Connection]  # type: ignore[assignment]  # `_accept` makes no other kind
    pending_conns: deque[Connection]  # type: ignore[assignment]

    @classmethod
    def check_config(cls, cfg: Config, log: Logger) -> None:
        """Refuse TLS, which would hide where a request ends."""
        super().check_config(cfg, log)
        if cfg.is_ssl:
            sys.exit("This worker does not speak TLS: it ends at the proxy in front (docs/operations.md).")

    def notify(self) -> None:
        """Tell the arbiter that this worker lives: once a second, and not at every event."""
        now = time.monotonic()
        if now >= self._notified + 1.0:
            self._notified = now
            super().notify()

    def init_process(self) -> None:
        """Limit, on the listeners whose options every connection inherits, how long a thread may wait for a client."""
        for listener in self.sockets:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, STALL)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, STALL)
        super().init_process()

    def load_wsgi(self) -> None:
        """Load the application. What it refuses to start with it would refuse again: the arbiter stops, too."""
        try:
            super().load_wsgi()
        except SystemExit as refusal:
            self.log.error("%s", refusal)
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    # ------------------------------------------------------------ a request arrives

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection."""
        self._accept(listener)

    def _accept(self, listener: socket.socket) -> bool:
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False
        self.nr_conns += 1
        conn = Connection(self.cfg, client, address, listener.getsockname())
        self.poller.register(client, EVENT_READ, partial(self.on_pending_socket_readable, conn))
        self._expect(conn)
        return True

    def _expect(self, conn: Connection) -> None:
        conn.deadline = time.monotonic() + ARRIVE_WITHIN
        self.pending_conns.append(conn)

    def on_pending_socket_readable(self, conn: Connection, client: socket.socket) -> None:  # type: ignore[override]
        """More of a request is here."""
        self._receive(conn, client, self.pending_conns)

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:  # type: ignore[override]
        """The next request on a kept connection has begun."""
        if not self._receive(conn, client, self.keepalived_conns):
            self.keepalived_conns.remove(conn)
            self.poller.modify(client, EVENT_READ, partial(self.on_pending_socket_readable, conn))
            self._expect(conn)

    def _receive(self, conn: Connection, client: socket.socket, among: deque[Connection]) -> bool:
        """Take what is there. True when the connection is no longer waited for: it has its thread, or is closed."""
        try:
            if not conn.arrival.receive():
                return False
        except HeadTooLong:
            refuse(client, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too long.")
            self._drop(conn, among)
        except OSError:
            self._drop(conn, among)
        else:
            if conn.arrival.begun:
                among.remove(conn)
                self.poller.unregister(client)
                self.enqueue_req(conn)
            else:
                self._drop(conn, among)
        return True

    def _drop(self, conn: Connection, among: deque[Connection]) -> None:
        among.remove(conn)
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        take_what_is_here(conn.sock)
        conn.close()

    def murder_pending(self) -> None:
        """Refuse the requests that did not arrive in time; close the connections on which none began."""
        now = time.monotonic()
        while self.pending_conns and self.pending_conns[0].deadline <= now:
            conn = self.pending_conns[0]
            if conn.arrival.begun:
                detail = f"The request took longer than {ARRIVE_WITHIN:g} s to arrive."
                refuse(conn.sock, HTTPStatus.REQUEST_TIMEOUT, detail)
            self._drop(conn, self.pending_conns)

    # ------------------------------------------------------------ a request is answered

    def handle(self, conn: Connection) -> bool:  # type: ignore[override]
        """Answer a request. Bytes that are unread at a close reset the connection, and the client loses its answer."""
        kept = super().handle(conn)
        if not kept and conn.arrival.whole:
            take_what_is_here(conn.sock)
        elif not kept:
            util.close_graceful(conn.sock, max_drain=LONGEST_DRAINED)
        return kept

    def handle_request(self, req: Request, conn: Connection) -> bool:  # type: ignore[override]
        """Answer a parsed request, and whether its connection is kept: only after one that had arrived whole.

        gthread's own also puts an access log together that nobody reads, which took a tenth of a request.
        """
        if not conn.arrival.whole:
            req.force_close()
        answer: Any
        answer, environ = create(req, conn.sock, conn.client, conn.server, self.cfg, Answer)
        environ["wsgi.multithread"] = True
        self.nr += 1
        if self.nr >= self.max_requests:
            self.alive = False
        if not self.alive or not self.cfg.keepalive or len(self.keepalived_conns) >= self.max_keepalived:
            answer.force_close()
        parts = self.wsgi(environ, answer.start_response)
        try:
            for part in parts:
                answer.write(part)
            answer.close()
        except Exception:
            if not answer.begun:
                raise
            self.log.exception("an answer was cut short")
            raise StopIteration from None  # `handle` closes
        finally:
            if hasattr(parts, "close"):
                parts.close()
        return not answer.should_close()

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        """Whether the connection is kept: also after a body that the application did not read, for it is here."""
        return keepalive and bool(conn.parser.finish_body(max_bytes=LONGEST_DRAINED))  # type: ignore[union-attr]

    def enqueue_req(self, conn: Connection) -> None:  # type: ignore[override]
        """Have a thread answer the request that has arrived."""
        self.tpool.submit(self._serve, conn)

    def _serve(self, conn: Connection) -> None:
        """In a thread. Nearly every connection is kept, and waited for again without waking the event loop."""
        kept = False
        try:
            kept = self.handle(conn)
        finally:
            if kept and not conn.arrival.begun:
                self._keep(conn)
            else:
                self.method_queue.defer(self._finish, conn, kept)

    def _keep(self, conn: Connection) -> None:
        """Wait for the next request, as the answer promised, also when the worker is about to end."""
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.keepalived_conns.append(conn)  # before the event loop can look for it there
        if not self.alive:  # perhaps the times in the list were cut before this one was among them
            conn.timeout = time.monotonic() + LINGER
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_client_socket_readable, conn))

    def _finish(self, conn: Connection, kept: bool) -> None:
        """In the event loop: close, or go on with the request that did not wait for the answer to the one before."""
        if not kept:
            self.nr_conns -= 1
            conn.close()
            return
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))
        self._expect(conn)
        self.on_pending_socket_readable(conn, conn.sock)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:  # noqa: ARG002
        """Answer what is not HTTP with a problem object, like every other error."""
        if isinstance(exc, errors.ParseException):
            self.log.info("refused a request that is not valid HTTP: %s", type(exc).__name__)
            refuse(client, _STATUS.get(type(exc), HTTPStatus.BAD_REQUEST), "The request is not valid HTTP.")
        else:
            self.log.exception("a request failed outside the application")
            refuse(client, HTTPStatus.INTERNAL_SERVER_ERROR, "The request could not be answered.")

    # ------------------------------------------------------------ the worker ends

    def set_accept_enabled(self, enabled: bool | None) -> None:
        """Start or stop accepting. At the end, take every connection that the kernel has accepted already."""
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            while self._accept(listener):
                pass
            listener.close()
        soon = time.monotonic() + LINGER
        for conn in list(self.keepalived_conns):  # threads add to it
            conn.timeout = min(conn.timeout or soon, soon)

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """Wait for at most a second, so that deadlines are kept while the worker ends, too."""
        super().wait_for_and_dispatch_events(1.0 if timeout is None else min(timeout, 1.0))
