"""SQLite files that only this service may read, and locks between its processes."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
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

    WAL lets readers and the writer work at once; synchronous=FULL means that what was committed survives power loss;
    secure_delete overwrites what is deleted with zeros, so that an erased key is not left in a free part of the file.
    """
    uri = f"file:{quote(str(path.resolve()))}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON").close()  # it answers: a cursor left open would hold a reader up
    except BaseException:
        connection.close()
        raise
    return connection


def empty_log(connection: Any) -> None:
    """Move what the -wal file holds into the database and leave it empty: it holds what pages were before, too.

    Waits for readers as long as the connection waits for anything. sqlite3.Error, also where they would not end.
    """
    (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise sqlite3.OperationalError("the log of the database is still being read")


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
