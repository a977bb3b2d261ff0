"""Archive on SQL, and how a table reads and writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, Select

from db.committer import Committer
from db.sql import statements
from db.sql.database import Database
from db.sql.erasing import Eraser
from db.sql.events import Adder, events_of
from db.sql.failures import again_if_cut, as_unavailable
from db.sql.group import Task, Work
from db.sql.sealed import record_in
from db.sql.statements import AFTER_ALL, chunks
from routing.archive import Dossier, Event, Filed, Hold, Receipt
from scoring.errors import ServiceError

PAGE = 500
"""Predictions read in one go: no transaction stays open while the caller works on them."""


class SqlArchive:
    """Predictions by id, events, holds and erasures; `db.sql.table.SqlTable` is the whole."""

    def __init__(self, database: Database, committer: Committer[Work, Any]) -> None:
        self._database, self._committer = database, committer
        self._adder, self._eraser = Adder(database.insert), Eraser(database.insert)

    def find(self, prediction_id: str) -> Filed | None:
        """See Archive."""
        return self.find_many([prediction_id]).get(prediction_id)

    def find_many(self, prediction_ids: Sequence[str]) -> Mapping[str, Filed]:
        """See Archive."""
        with as_unavailable("read"):
            pages = [self._filed(self._read(statements.found, {"ids": ids})) for ids in chunks(prediction_ids)]
        return {each.record.prediction_id: each for page in pages for each in page}

    def last(self, wanted: Sequence[tuple[str, str]]) -> Sequence[str | None]:
        """See Archive."""

        def read() -> list[str | None]:
            with self._database.reading() as connection:
                return [connection.scalar(statements.last, {"id": who, "until": until}) for who, until in wanted]

        with as_unavailable("read"):
            return again_if_cut(read)

    def add(self, events: Sequence[Event]) -> Sequence[Event]:
        """See Archive."""
        if not events:
            return []
        held: Sequence[Event] = self._write(Task(lambda connection: self._adder.add(connection, events)))
        return held

    def scan(self, since: str | None = None, until: str | None = None) -> Iterator[Filed]:
        """See Archive."""
        position, bounds = (since or "", ""), {"until": until or AFTER_ALL, "limit": PAGE}
        while True:
            with as_unavailable("read"):
                rows = self._read(statements.page, {"after_at": position[0], "after_id": position[1], **bounds})
                page = self._filed(rows)
            yield from page
            if len(page) < PAGE:
                return
            position = page[-1].record.scored_at, page[-1].record.prediction_id

    def dossier(self, customer_id: str) -> Dossier | None:
        """See Archive."""

        def read() -> Dossier | None:
            with self._database.reading() as connection:
                return self._eraser.dossier(connection, customer_id)

        with as_unavailable("read"):
            return again_if_cut(read)

    def hold(self, customer_id: str, hold: Hold | None) -> None:
        """See Archive."""
        self._decide(Task(lambda connection: self._eraser.hold(connection, customer_id, hold)))

    def erase(self, receipt: Receipt) -> Receipt:
        """See Archive. The receipt is given once nothing of the key is left in a file that this process can reach."""
        given: Receipt = self._decide(Task(lambda connection: self._eraser.erase(connection, receipt)))
        with as_unavailable("written"):
            self._database.scrub()
        return given

    def _filed(self, rows: Sequence[RowMapping]) -> list[Filed]:
        ids = [row["prediction_id"] for row in rows]
        events = events_of(row for part in chunks(ids) for row in self._read(statements.events, {"ids": part}))
        return [Filed(record_in(row), events.get(row["prediction_id"], ())) for row in rows]

    def _decide(self, task: Task) -> Any:
        """The answer of a task, which may be an error that the caller is to be told."""
        answer = self._write(task)
        if isinstance(answer, ServiceError):
            raise answer
        return answer

    def _read(self, statement: Select[Any], parameters: Mapping[str, Any]) -> Sequence[RowMapping]:
        def read() -> Sequence[RowMapping]:
            with self._database.reading() as connection:
                return connection.execute(statement, parameters).mappings().all()

        return again_if_cut(read)

    def _write(self, work: Work) -> Any:
        with as_unavailable("written"):
            return self._committer.run(work)
