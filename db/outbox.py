"""The durable local queue of writes that the customers table could not take."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from db.committer import Committer
from db.files import connect, empty_log, exclusive, make_private
from db.items import dump, dump_write, load_write
from routing.ports import Write
from scoring.errors import OutboxUnavailable
from scoring.record import ErasedRecord

logger = logging.getLogger(__name__)

Change = tuple[str, Sequence[tuple[Any, ...]]]
"""A statement and its rows of parameters."""

TABLES = """
CREATE TABLE IF NOT EXISTS waiting
    (sequence INTEGER PRIMARY KEY AUTOINCREMENT, write TEXT NOT NULL, key TEXT, refusals INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS waiting_in_order ON waiting (refusals, sequence);
CREATE INDEX IF NOT EXISTS waiting_by_key ON waiting (key) WHERE key IS NOT NULL;
CREATE TABLE IF NOT EXISTS set_aside
    (sequence INTEGER PRIMARY KEY, write TEXT NOT NULL, set_aside_at TEXT NOT NULL);
"""
PUT = "INSERT INTO waiting (write, key) VALUES (?, ?)"
HELD = "SELECT write FROM waiting WHERE key IN (SELECT value FROM json_each(?)) ORDER BY sequence DESC"
REMOVE = "DELETE FROM waiting WHERE sequence = ?"
REFUSE = "UPDATE waiting SET refusals = refusals + 1 WHERE sequence = ?"
SET_ASIDE = """
INSERT INTO set_aside SELECT sequence, write, strftime('%Y-%m-%dT%H:%M:%SZ') FROM waiting WHERE sequence = ?
"""
SET_ASIDE_WRITES = "SELECT sequence, write, 0 FROM set_aside WHERE write NOT LIKE '{\"left\":%'"
REDUCE = "UPDATE set_aside SET write = ? WHERE sequence = ?"
OLDEST = """
SELECT sequence, write, refusals FROM waiting
WHERE refusals = (SELECT min(refusals) FROM waiting) ORDER BY sequence LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A write in the queue: its place, its JSON (`db.items.load_write`), and how often the table refused it alone."""

    sequence: int
    text: str
    refusals: int


class SqliteOutbox:
    """Outbox in a SQLite file of its own, which all processes of a machine share; only its owner may read it.

    `arrived` is set whenever this process put something. `deadline` (seconds): how long `put` waits for the disk; when
    it passes OutboxUnavailable is raised, though the write may still be held. Nothing is opened and no thread starts
    before the first use: make one before or after a fork, use it only after. Every method raises OutboxUnavailable.
    """

    def __init__(self, path: Path, *, deadline: float = 2.0, busy_seconds: float = 1.0) -> None:
        self._path, self._busy_seconds = path, busy_seconds
        self._lock = path.with_name(f"{path.name}.lock")
        self._committer = Committer[Sequence[Change], None](self._commit, name="outbox", deadline=deadline)
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._reading = threading.Lock()
        self.arrived = threading.Event()

    def put(self, writes: Sequence[Write]) -> None:
        """See Outbox."""
        with _as_unavailable("written"):
            rows = [(dump_write(write), write.claim.use.key if write.claim else None) for write in writes]
            self._committer.run([(PUT, rows)])
        self.arrived.set()

    def held(self, keys: Sequence[str]) -> Mapping[str, Write]:
        """See Outbox. Takes a few microseconds while nothing waits."""
        rows = self._read(HELD, dump(keys))
        with _as_unavailable("read"):
            writes = [load_write(text) for (text,) in rows]
        return {write.claim.use.key: write for write in writes if write.claim}

    def waiting(self) -> int:
        """See Outbox. Takes a few microseconds while nothing waits."""
        return self._count("SELECT count(*) FROM waiting")

    def set_aside(self) -> int:
        """How many writes the table refused for good: they are kept, and a person has to look at them."""
        return self._count("SELECT count(*) FROM set_aside")

    # ------------------------------------------------------------ for the drainer

    def oldest(self, limit: int) -> Sequence[Waiting]:
        """The first in the queue: those that were refused least often, in the order they came."""
        return [Waiting(*row) for row in self._read(OLDEST, limit)]

    def settle(self, stored: Sequence[Waiting], refused: Sequence[Waiting], hopeless: Sequence[Waiting]) -> None:
        """Take the stored out of the queue, put the refused further back, set the hopeless aside; all or nothing."""
        rows = [[(each.sequence,) for each in some] for some in (refused, hopeless, (*stored, *hopeless))]
        with _as_unavailable("written"):
            self._committer.run(list(zip((REFUSE, SET_ASIDE, REMOVE), rows, strict=True)))

    def set_aside_writes(self) -> Sequence[Waiting]:
        """What was set aside and still holds a customer's data."""
        return [Waiting(*row) for row in self._read(SET_ASIDE_WRITES)]

    def reduce(self, erased: Mapping[int, ErasedRecord]) -> None:
        """Of writes that were set aside, by their places, keep what an erasure leaves."""
        with _as_unavailable("written"):
            rows = [(dump({"left": record}), sequence) for sequence, record in erased.items()]
            self._committer.run([(REDUCE, rows)])

    def scrub(self) -> None:
        """Leave nothing in the files of what was taken out. OutboxUnavailable also while another process reads."""
        with _as_unavailable("written"), closing(self._open()) as connection, exclusive(self._lock):
            empty_log(connection)

    def draining(self) -> AbstractContextManager[bool]:
        """The right to drain, which one drainer on the machine has at a time; yields whether it was free. OSError."""
        make_private(self._path)
        return exclusive(self._path.with_name(f"{self._path.name}.draining"), wait=False)

    def close(self) -> None:
        """Finish what is being put, end the thread, close the file."""
        self._committer.close()
        self._drop_writer()
        with self._reading:
            self._drop_reader()

    # ------------------------------------------------------------ the file

    def _commit(self, group: Sequence[Sequence[Change]]) -> Sequence[None]:
        if self._writer is None:
            self._writer = self._open()
        try:
            with exclusive(self._lock):
                self._writer.execute("BEGIN IMMEDIATE")
                for statement, rows in (change for changes in group for change in changes):
                    self._writer.executemany(statement, rows)
                self._writer.execute("COMMIT")
        except BaseException:
            self._drop_writer()  # this rolls back; and a disk that failed is looked at anew
            raise
        return [None] * len(group)

    def _read(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with _as_unavailable("read"), self._reading:
            if self._reader is None:
                self._reader = self._open()
            try:
                return self._reader.execute(statement, parameters).fetchall()
            except BaseException:
                self._drop_reader()
                raise

    def _count(self, statement: str) -> int:
        return int(self._read(statement)[0][0])

    def _open(self) -> sqlite3.Connection:
        make_private(self._path)
        with exclusive(self._lock):
            connection = connect(self._path, self._busy_seconds)
            try:
                connection.executescript(TABLES)
            except BaseException:
                connection.close()
                raise
        return connection

    def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _drop_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()


@contextmanager
def _as_unavailable(done: Literal["read", "written"]) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        code = getattr(error, "sqlite_errorname", None)
        logger.error("outbox: not %s", done, extra={"cause": type(error).__name__, "code": code, "reason": str(error)})
        raise OutboxUnavailable(f"The local outbox cannot be {done}.") from None
