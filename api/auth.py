"""Who may call: API keys with scopes, kept as hashes, and a rate limit per client."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, cast, get_args

from api.content import JSON, NotAcceptable, accepts_json
from api.exchange import current
from api.limits import RateLimit
from scoring.errors import ServiceError

Scope = Literal["score", "read", "record", "erase", "lab"]
"""What a key may do: scores; reading them; noting outcomes and overrides; erasures and legal holds; the laboratory."""
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
SHA256 = re.compile(r"[0-9a-f]{64}")


class Unauthenticated(ServiceError):
    """An API key is required, and none of the known ones came."""


class Forbidden(ServiceError):
    """The API key is known but may not do this."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A client's key: its name, what it may do, and the SHA-256 (lower-case hexadecimal) of the key itself.

    Two keys of one name are valid at once, so that a key can be changed without a gap.
    """

    name: str
    scopes: frozenset[Scope]
    sha256: str

    @classmethod
    def parse(cls, entry: str) -> ApiKey:
        """Read `name:scope+scope:sha256`. ValueError says what is wrong, without the hash."""
        name, _, rest = entry.partition(":")
        scopes, _, digest = rest.partition(":")
        wanted = frozenset(get_args(Scope))
        given = frozenset(scopes.split("+"))
        if not NAME.fullmatch(name):
            raise ValueError("an API key's name must be 1 to 64 letters, digits, '.', '_' or '-'")
        if not given <= wanted:
            raise ValueError(f"API key {name}: scopes must be among {', '.join(sorted(wanted))}, joined by '+'")
        if not SHA256.fullmatch(digest):
            raise ValueError(f"API key {name}: the SHA-256 must be 64 lower-case hexadecimal digits")
        return cls(name, cast("frozenset[Scope]", given), digest)


class Guard:
    """Stands before every path that serves data. Without `keys` everybody may call."""

    def __init__(self, keys: Sequence[ApiKey] = (), rate_limit: RateLimit | None = None) -> None:
        self._keys, self._rate_limit = tuple(keys), rate_limit

    def requires(self, scope: Scope) -> Callable[[], None]:
        """A `before_request` that raises Unauthenticated, Forbidden, RateLimited or NotAcceptable."""

        def check() -> None:
            exchange = current()
            environ = exchange.environ
            if environ["REQUEST_METHOD"] == "OPTIONS":  # a browser asks before it sends the key
                return
            if self._keys:
                exchange.client = self._client(environ.get("HTTP_X_API_KEY", ""), scope)
            if self._rate_limit:
                self._rate_limit.take(exchange.client or environ.get("REMOTE_ADDR", ""))
            accept = environ.get("HTTP_ACCEPT", "*/*")
            if accept not in ("*/*", JSON) and not accepts_json(accept):
                raise NotAcceptable(f"Answers are {JSON}.")

        return check

    def _client(self, given: str, scope: Scope) -> str:
        digest = sha256(given.encode()).hexdigest()
        # All are compared, each in constant time: how long it takes says nothing about any key.
        matching = [key for key in self._keys if hmac.compare_digest(key.sha256, digest)]
        if not matching:
            raise Unauthenticated("This path needs a valid API key in X-API-Key.")
        if not any(scope in key.scopes for key in matching):
            raise Forbidden(f"This API key has not the scope {scope}.")
        return matching[0].name
