"""Customer ids as the last part of a path, whatever they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.routing import BaseConverter

from scoring.errors import FieldError, InvalidRequest
from scoring.identity import customer_id_of


class AnyText(BaseConverter):
    """The rest of a path as it is: with slashes, also in front, at the end and two in a row."""

    regex = r"[\s\S]+"
    part_isolating = False


def customer(environ: Mapping[str, Any], given: str) -> str:
    """The customer id in a path. Raises InvalidRequest where it is none, or was not sent as percent-encoded UTF-8."""
    try:
        # WSGI's path is bytes, told as Latin-1; Flask has put U+FFFD for what is not UTF-8, and that is another id.
        environ["PATH_INFO"].encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise InvalidRequest(errors=[FieldError("customer_id", "must be percent-encoded UTF-8")]) from None
    return customer_id_of(given)


def no_body(environ: Mapping[str, Any]) -> None:
    """Refuse a body where none is read: whoever sends one expects it to matter. Raises InvalidRequest."""
    if environ.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ:
        raise InvalidRequest("This request takes no body.")
