"""Bytes at rest: the port that a folder and S3 implement, and what can go wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


class ArtifactError(Exception):
    """The base of what an artifact store raises; the message is for an operator."""


class ArtifactMissing(ArtifactError):
    """The store was asked and certainly holds nothing under this key."""


class ArtifactsUnreachable(ArtifactError):
    """The store could not be asked, or did not answer in time: nothing is known about what it holds."""


class ArtifactTooLarge(ArtifactError):
    """There are more bytes under this key than the reader is willing to take."""


class ArtifactConflict(ArtifactError):
    """A conditional put found another object than it expected; nothing was written."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """An object as read. `etag` changes whenever the bytes do."""

    data: bytes
    etag: str


class ArtifactStore(Protocol):
    """Objects by key. A key is segments of letters, digits, `.`, `_` and `-` joined by `/`; ValueError for another."""

    def read(self, key: str, max_bytes: int) -> Artifact:
        """The whole object. Raises ArtifactMissing, ArtifactTooLarge, ArtifactsUnreachable."""

    def put(self, key: str, data: bytes, *, if_none_match: bool = False, if_match: str | None = None) -> str:
        """Write an object in one step, durably, and give its new etag.

        `if_none_match`: only if the key is free. `if_match`: only over the object with this etag. Raises
        ArtifactConflict when that does not hold, ArtifactsUnreachable (the object may or may not have been written).
        """

    def etag(self, key: str) -> str:
        """The etag that `read` would give, for less than reading. Raises ArtifactMissing, ArtifactsUnreachable."""

    def keys(self, prefix: str) -> list[str]:
        """Every key below `prefix`/, sorted; for commands, not for requests. Raises ArtifactsUnreachable."""


def is_key(key: str) -> bool:
    """Whether this can be a key: a folder or a bucket may hold more than artifacts."""
    return all(_SEGMENT.fullmatch(segment) for segment in key.split("/"))


def checked_key(key: str) -> str:
    """The key itself. ValueError if it could mean anything but one object inside the store."""
    if not is_key(key):
        raise ValueError(f"not an artifact key: {key[:200]!r}")
    return key
