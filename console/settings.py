"""What the environment says: where the service is, and the key to it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Final

DEFAULT_URL: Final = "http://127.0.0.1:5000"


@dataclass(frozen=True, slots=True)
class Settings:
    """`api_key`: None where a person enters one, or none is needed; never shown. `patience`: seconds for an answer."""

    api_url: str = DEFAULT_URL
    api_key: str | None = field(default=None, repr=False)
    patience: float = 30.0


def read() -> Settings:
    """API_URL and API_KEY."""
    return Settings(
        api_url=os.environ.get("API_URL", "").rstrip("/") or DEFAULT_URL,
        api_key=os.environ.get("API_KEY") or None,
    )
