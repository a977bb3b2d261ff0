"""Artifacts in memory, with switches for what can go wrong."""

from __future__ import annotations

import hashlib
import threading

from model_store.artifacts import (
    Artifact,
    ArtifactConflict,
    ArtifactMissing,
    ArtifactsUnreachable,
    ArtifactTooLarge,
    checked_key,
)


class MemoryArtifacts:
    """`reads`, `writes` and `looks` (for etags) list the keys asked for, `lists` the prefixes.

    `down` makes every call fail as an unreachable store does, `down_after` every read after so many.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.down = False
        self.down_after: int | None = None
        self.reads: list[str] = []
        self.writes: list[str] = []
        self.looks: list[str] = []
        self.lists: list[str] = []
        self._lock = threading.Lock()

    def read(self, key: str, max_bytes: int) -> Artifact:
        self.reads.append(checked_key(key))
        if self.down_after is not None and len(self.reads) > self.down_after:
            raise ArtifactsUnreachable("broke off")
        if self.down:
            raise ArtifactsUnreachable("switched off")
        data = self.objects.get(key)
        if data is None:
            raise ArtifactMissing(key)
        if len(data) > max_bytes:
            raise ArtifactTooLarge(key)
        return Artifact(data, _etag(data))

    def put(self, key: str, data: bytes, *, if_none_match: bool = False, if_match: str | None = None) -> str:
        self.writes.append(checked_key(key))
        if self.down:
            raise ArtifactsUnreachable("switched off")
        with self._lock:
            held = self.objects.get(key)
            if (if_none_match and held is not None) or (
                if_match is not None and (held is None or _etag(held) != if_match)
            ):
                raise ArtifactConflict(key)
            self.objects[key] = bytes(data)
        return _etag(data)

    def etag(self, key: str) -> str:
        self.looks.append(checked_key(key))
        if self.down:
            raise ArtifactsUnreachable("switched off")
        data = self.objects.get(key)
        if data is None:
            raise ArtifactMissing(key)
        return _etag(data)

    def keys(self, prefix: str) -> list[str]:
        self.lists.append(checked_key(prefix))
        if self.down:
            raise ArtifactsUnreachable("switched off")
        return sorted(key for key in self.objects if key.startswith(f"{prefix}/"))


def _etag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
