"""What a client may send, may ask for and gets: content type, encoding, length, Accept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import orjson
from flask import Response
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from api.strict_json import NotJson, parse
from scoring.errors import InvalidRequest, ServiceError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

JSON = "application/json"
PROBLEM = "application/problem+json"
MOST_DIGITS = 15
"""Of a Content-Length: a petabyte."""


class UnsupportedContent(ServiceError):
    """The body's content type or encoding is not one that is read here."""


class TooLarge(ServiceError):
    """The body is larger than the limit."""


class NotAcceptable(ServiceError):
    """The client asks for something other than JSON."""


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Whole(Response):
    """A response whose body is here in one piece: it and its headers go to the server as they are."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(self.status, self.headers.to_wsgi_list())
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.data]


def json_response(body: object, status: int = 200) -> Response:
    """The answer with this body; dataclasses are objects, NaN is null."""
    return _Whole(orjson.dumps(body), status, content_type=JSON)


def json_object(environ: Mapping[str, Any], longest: int) -> dict[str, Any]:
    """The JSON object in a WSGI request of at most `longest` bytes.

    Raises UnsupportedContent and TooLarge before reading, then TooLarge, NotJson, TooManyParts, InvalidRequest.
    """
    kind = environ.get("CONTENT_TYPE", "")
    if kind != JSON and kind.partition(";")[0].strip().lower() != JSON:
        raise UnsupportedContent(f"The body must be {JSON}, in UTF-8.")
    if environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":
        raise UnsupportedContent("The body must come without Content-Encoding.")
    body = parse(_read(environ, longest))
    if not isinstance(body, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return body


def _read(environ: Mapping[str, Any], longest: int) -> bytes:
    declared = environ.get("CONTENT_LENGTH")
    if declared:
        if not (declared.isascii() and declared.isdigit()):  # int() would also take the digits of other scripts
            raise NotJson("Content-Length is not a number.")
        if len(declared) > MOST_DIGITS or int(declared) > longest:
            raise TooLarge(f"The body is larger than {longest:,} bytes.")
        expected = int(declared)
    elif environ.get("wsgi.input_terminated"):
        expected = longest + 1  # chunked: read on to its end, or to one byte too many
    else:
        return b""
    body = _read_up_to(environ["wsgi.input"], expected)
    if len(body) > longest:
        raise TooLarge(f"The body is larger than {longest:,} bytes.")
    if declared and len(body) < expected:
        raise NotJson("The body ended before its Content-Length.")
    return body


def _read_up_to(stream: _Readable, size: int) -> bytes:
    try:
        body = stream.read(size)
        while body and len(body) < size and (more := stream.read(size - len(body))):
            body += more
    except Exception as error:  # servers raise classes of their own for a broken chunk, all over the client's bytes
        raise NotJson("The body could not be read to its end.") from error
    return body


@lru_cache(maxsize=64)
def accepts_json(accept: str) -> bool:
    """Whether an Accept header leaves room for JSON."""
    accepted = parse_accept_header(accept, MIMEAccept)
    return not accepted or bool(accepted.quality(JSON) or accepted.quality(PROBLEM))
