"""Files that are whole or not there, also after a power cut."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

TEMPORARY = ".tmp-"
"""What is not finished is named like this; a name in an artifact store or a bundle never begins with a dot."""


def write_durably(path: Path, data: bytes) -> None:
    """Write a file in one step: a reader sees the old bytes or the new ones, never a part. OSError.

    The bytes are on the disk before the name is, and the name before this returns.
    """
    handle, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder with its parents, and make their names durable. OSError."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync(path.parent)


def sync(path: Path) -> None:
    """Flush one file or folder to the disk. OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """SHA-256 (hexadecimal) of a file. OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
