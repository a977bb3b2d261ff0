"""Artifacts in a local folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model_store.artifacts import (
    Artifact,
    ArtifactConflict,
    ArtifactMissing,
    ArtifactsUnreachable,
    ArtifactTooLarge,
    checked_key,
    is_key,
)
from model_store.files import make_folder, sha256_of, write_durably

_SETTLED_S = 2.0
"""A file that was changed this long ago would show a further change in its times."""
_NO_ROOT = "the artifact folder does not exist"


class FolderArtifacts:
    """The twin of S3Artifacts: a key is a path below `root`, an etag the SHA-256 of the bytes.

    A root that does not exist is out of reach (an unmounted disk looks like that); the first put makes it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._etags: dict[Path, tuple[tuple[int, int, int], str]] = {}

    def read(self, key: str, max_bytes: int) -> Artifact:
        """See ArtifactStore."""
        try:
            with self._path(key).open("rb") as file:
                data = file.read(max_bytes + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise self._absent(key) from error
        except OSError as error:
            raise ArtifactsUnreachable(f"{key}: {os.strerror(error.errno or 0)}") from error
        if len(data) > max_bytes:
            raise ArtifactTooLarge(f"{key} has more than {max_bytes} bytes")
        return Artifact(data, hashlib.sha256(data).hexdigest())

    def put(self, key: str, data: bytes, *, if_none_match: bool = False, if_match: str | None = None) -> str:
        """See ArtifactStore."""
        path = self._path(key)
        try:
            make_folder(path.parent)
            with self._one_writer():
                if if_none_match and path.exists():
                    raise ArtifactConflict(f"{key} exists already")
                if if_match is not None and not (path.is_file() and sha256_of(path) == if_match):
                    raise ArtifactConflict(f"{key} was changed by another")
                write_durably(path, data)
        except OSError as error:
            raise ArtifactsUnreachable(f"{key}: {os.strerror(error.errno or 0)}") from error
        return hashlib.sha256(data).hexdigest()

    def etag(self, key: str) -> str:
        """See ArtifactStore. A file that lies as it did is not read again."""
        path = self._path(key)
        try:
            with path.open("rb") as file:
                found = os.fstat(file.fileno())
                seen = (found.st_ino, found.st_size, found.st_mtime_ns)
                if path in self._etags and self._etags[path][0] == seen:
                    return self._etags[path][1]
                etag = hashlib.file_digest(file, "sha256").hexdigest()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise self._absent(key) from error
        except OSError as error:
            raise ArtifactsUnreachable(f"{key}: {os.strerror(error.errno or 0)}") from error
        if time.time() - found.st_mtime > _SETTLED_S:
            self._etags[path] = (seen, etag)
        return etag

    def keys(self, prefix: str) -> list[str]:
        """See ArtifactStore."""
        try:
            paths = [path for path in self._path(prefix).rglob("*") if path.is_file()]
        except OSError as error:
            raise ArtifactsUnreachable(f"{prefix}: {os.strerror(error.errno or 0)}") from error
        if not paths and not self._root.is_dir():
            raise ArtifactsUnreachable(_NO_ROOT)
        return sorted(filter(is_key, (path.relative_to(self._root).as_posix() for path in paths)))

    def _absent(self, key: str) -> ArtifactMissing | ArtifactsUnreachable:
        return ArtifactMissing(key) if self._root.is_dir() else ArtifactsUnreachable(_NO_ROOT)

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        """Conditions hold until the write: flock excludes threads (each opens its own handle) and processes."""
        handle = os.open(self._root, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
