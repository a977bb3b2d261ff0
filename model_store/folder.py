"""Artifacts in a local folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
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
)
from model_store.files import make_folder, sha256_of, write_durably


class FolderArtifacts:
    """The twin of S3Artifacts: a key is a path below `root`, an etag the SHA-256 of the bytes.

    A root that does not exist is out of reach (an unmounted disk looks like that); the first put makes it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, key: str, max_bytes: int) -> Artifact:
        """See ArtifactStore."""
        try:
            with self._path(key).open("rb") as file:
                data = file.read(max_bytes + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            if not self._root.is_dir():
                raise ArtifactsUnreachable("the artifact folder does not exist") from error
            raise ArtifactMissing(key) from error
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
