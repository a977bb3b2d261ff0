"""CustomerTable and Archive on SQL."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from db.committer import Committer
from db.items import latest_in
from db.sql import statements
from db.sql.archive import SqlArchive
from db.sql.database import Database
from db.sql.failures import again_if_cut, as_unavailable
from db.sql.group import Claim, Group, Release, Save, Work
from db.sql.schema import metadata
from db.sql.sealed import record_in
from db.sql.statements import chunks
from db.sql.upgrade import upgrade
from routing.ports import ClaimOutcome, HistoryQuery, KeyClaim, KeyUse, Standing, Write
from scoring.record import AnyRecord


class SqlTable(SqlArchive):
    """Customers, score history with its archive, and idempotency keys in the tables of db.sql.schema.

    `claim_seconds`: how long a claim holds whose request does not come to an end. `key_seconds`: how long a completed
    key answers. `deadline` (seconds): how long a caller waits for a commit; when it passes TableUnavailable is raised,
    though the write may still be stored (writing it again is harmless). `now`: Unix seconds.
    Nothing is opened and no thread starts before the first use: make one before or after a fork, use it only after.
    """

    def __init__(
        self,
        database: Database,
        *,
        claim_seconds: float = 60.0,
        key_seconds: float = 86_400.0,
        deadline: float = 2.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        commit = Group(database, claim_seconds, key_seconds, now).commit
        super().__init__(database, Committer[Work, Any](commit, name="customer-table", deadline=deadline))

    def create(self) -> None:
        """Make the tables that are not there, add what older code's lack, drop nothing. May run before a fork."""
        with as_unavailable("created"), self._database.creating() as connection:
            metadata.create_all(connection)
            upgrade(connection)

    def look_up(self, customer_ids: Sequence[str]) -> Mapping[str, Standing]:
        """See CustomerTable."""
        with as_unavailable("read"):
            held = {
                row["customer_id"]: Standing(True, latest_in(row), row["seal_key"], row["erased_at"])
                for row in self._customers(customer_ids)
            }
            absent = Standing(False)
            return {each: held.get(each, absent) for each in customer_ids}

    def _customers(self, customer_ids: Sequence[str]) -> Sequence[Mapping[Any, Any]]:
        if len(customer_ids) == 1:
            one = {"id": customer_ids[0]}
            return again_if_cut(lambda: self._database.find(statements.standing, one))
        return [row for ids in chunks(customer_ids) for row in self._read(statements.standings, {"ids": ids})]

    def claim(self, uses: Sequence[KeyUse]) -> Sequence[ClaimOutcome]:
        """See CustomerTable."""
        outcomes: Sequence[ClaimOutcome] = self._write(Claim.of(uses)) if uses else []
        return outcomes

    def release(self, claims: Sequence[KeyClaim]) -> None:
        """See CustomerTable."""
        if claims:
            self._write(Release(claims))

    def save(self, writes: Sequence[Write]) -> None:
        """See CustomerTable."""
        if writes:
            with as_unavailable("written"):
                save = Save.of(writes)
            self._write(save)

    def history(self, query: HistoryQuery) -> Sequence[AnyRecord]:
        """See CustomerTable."""
        before_at, before_id = query.before or (statements.AFTER_ALL, "")
        bounds = {"since": query.since or "", "until": query.until or statements.AFTER_ALL}
        position = {"before_at": before_at, "before_id": before_id}
        with as_unavailable("read"):
            rows = self._read(statements.history, {"id": query.customer_id, "limit": query.limit, **bounds, **position})
            return [record_in(row) for row in rows]

    def ping(self) -> None:
        """See CustomerTable."""
        with as_unavailable("read"):
            self._read(statements.ping, {})

    def close(self) -> None:
        """Store what waits, end the thread, close the connections."""
        self._committer.close()
        self._database.close()
