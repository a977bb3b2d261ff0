"""SQLite files that only this service may read, and locks between its processes."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

OWNER_ONLY = 0o600


def make_private(path: Path) -> None:
    """Make an empty file for the owner alone, with its folder, unless it is there. OSError.

    SQLite gives the files beside a database (-wal, -shm) the mode of the database.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY))


def connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """Open a SQLite file that exists, without implicit transactions. sqlite3.Error.

    WAL lets readers and the writer work at once; synchronous=FULL means that what was committed survives power loss.
    """
    uri = f"file:{quote(str(path.resolve()))}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def exclusive(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock that the file `path` stands for, against all processes and threads; yields whether it is held.

    The kernel serves those who wait in the order they came and frees the lock of a process that dies. OSError.
    Without `wait`, a lock that another holds is not waited for.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
