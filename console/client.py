"""One request to the service: its answer, or what went wrong, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

import requests

from console import problems
from console.problems import Failed

Json = dict[str, Any]
CONNECT_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Api:
    """The service at `url`. The key is sent to it alone: a redirect is not followed."""

    url: str
    key: str | None = field(default=None, repr=False)
    patience: float = 30.0

    def get(self, path: str, **parameters: object) -> Json:
        """What a path answers; parameters that are None are left out. Raises Failed."""
        return self._ask("GET", path, {name: str(value) for name, value in parameters.items() if value is not None})

    def post(self, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> Json:
        """What a path answers to a body. `Idempotency_Key="x"` sends `Idempotency-Key: x`. Raises Failed."""
        return self._ask("POST", path, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def _ask(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        sent = {"Accept": "application/json", **(headers or {})}
        if self.key:
            sent["X-API-Key"] = self.key
        data = None
        if body is not None:
            data = json.dumps(body, allow_nan=False).encode()
            sent["Content-Type"] = "application/json"
        try:
            response = requests.request(
                method,
                self.url + path,
                params=parameters,
                data=data,
                headers=sent,
                timeout=(CONNECT_SECONDS, self.patience),
                allow_redirects=False,
            )
            answer = response.json() if response.content else {}
        except requests.Timeout:
            raise problems.slow(self.place, self.patience) from None
        except requests.JSONDecodeError:
            raise problems.not_the_service(self.place) from None
        except (requests.exceptions.InvalidHeader, UnicodeError):
            raise problems.unusable_key() from None
        except requests.RequestException:
            raise problems.down(self.place) from None
        if response.status_code in (200, 202) and isinstance(answer, dict):
            return answer
        raise problems.refused(response.status_code, answer, response.headers.get("Retry-After"), self.place)

    @property
    def place(self) -> str:
        """Where the service is, without a password that stands in its address."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def part(text: str) -> str:
    """Any text as one part of a path."""
    return quote(text, safe="")


__all__ = ["Api", "Failed", "Json", "part"]
