"""Idempotency-Key: what makes two requests the same request."""

from __future__ import annotations

import json
import re
from hashlib import sha256

from routing.ports import KeyUse
from scoring.errors import FieldError, InvalidRequest

KEY = re.compile(r"[\x20-\x7e]{1,255}")


def key_of(given: str | None) -> str | None:
    """A usable Idempotency-Key header, or None where there is none. Raises InvalidRequest."""
    if given is None or KEY.fullmatch(given):
        return given
    raise InvalidRequest(errors=[FieldError("Idempotency-Key", "must have 1 to 255 printable ASCII characters")])


def key_use(client: str, endpoint: str, key: str, body: object) -> KeyUse:
    """A client's key at one endpoint, and its body whatever the order of names and the white space."""
    scoped = "\0".join((client, endpoint, key))  # none of the three holds a NUL
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return KeyUse(sha256(scoped.encode()).hexdigest(), sha256(canonical.encode()).hexdigest())
