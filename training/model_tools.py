"""What the commands for models share: what they work with, options, and names as an operator types them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from model_store.artifacts import ArtifactStore
from model_store.manifest import VERSION
from model_store.signing import ANYBODY, SigningKey, Trust
from model_store.switch import switch_key
from routing.routes import NAME, Routes
from training.told import operator

BY = click.option("--by", default=operator, show_default="you", help="Who does it; stays in the record.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@dataclass(frozen=True)
class Tools:
    """What the commands work with; each is opened when a command runs. `open_trust` may raise SigningError."""

    open_artifacts: Callable[[], ArtifactStore]
    open_routes: Callable[[], Routes]
    open_trust: Callable[[], Trust] = lambda: ANYBODY
    signing_key: Path | None = None

    def key(self, path: Path | None) -> SigningKey | None:
        """The private key in a file, else the one of the settings, else None. Raises SigningError, OSError."""
        chosen = path or self.signing_key
        return SigningKey.load(chosen) if chosen else None


def name_and_version(text: str) -> tuple[str, str]:
    """The two parts of NAME@VERSION. UsageError for anything else."""
    name, at, version = text.partition("@")
    if not (at and NAME.fullmatch(name) and re.fullmatch(VERSION, version)):
        raise click.UsageError(f"{text[:100]!r} is not NAME@VERSION")
    return name, version


def checked_reference(text: str) -> str:
    """NAME or NAME@ALIAS, as it is. UsageError for anything else."""
    try:
        switch_key(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    return text
