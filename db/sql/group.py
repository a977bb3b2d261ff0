"""What one transaction does for all callers that wait: claims released, records saved, claims taken, other tasks."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from db.sql import statements
from db.sql.database import Database
from db.sql.failures import again_if_cut
from db.sql.saving import Saver, Sealed, customer_rows, sealed
from db.sql.sealed import record_in
from db.sql.statements import chunks
from routing.ports import Claimed, ClaimOutcome, Done, InProgress, KeyClaim, KeyUse, OtherBody, Write

CLEANING_INTERVAL = 60.0
"""Seconds between two removals of expired keys."""

Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Save:
    """Writes to be stored."""

    writes: Sequence[Sealed]

    @classmethod
    def of(cls, writes: Sequence[Write]) -> Save:
        """The writes, sealed: by the caller's thread, while others commit."""
        return cls(sealed(writes))


@dataclass(frozen=True, slots=True)
class Claim:
    """Uses of keys, each with the token that is to prove its claim: doing it twice claims once."""

    uses: Sequence[tuple[KeyUse, str]]

    @classmethod
    def of(cls, uses: Sequence[KeyUse]) -> Claim:
        """The uses with new tokens."""
        return cls([(use, secrets.token_hex(16)) for use in uses])


@dataclass(frozen=True, slots=True)
class Release:
    """Claims to be given back."""

    claims: Sequence[KeyClaim]


@dataclass(frozen=True, slots=True)
class Task:
    """Anything else, with its answer. Doing it twice must be harmless."""

    do: Callable[[Connection], object]


Work = Save | Claim | Release | Task


class Group:
    """Carries out a group of work in one transaction.

    Rows are written in the order of their keys, so that two processes seldom wait for each other in a circle
    (PostgreSQL ends it when they do, and the group is tried again piece by piece).
    """

    def __init__(self, database: Database, claim_seconds: float, key_seconds: float, now: Callable[[], float]) -> None:
        self._database, self._upserts = database, statements.Upserts(database.insert)
        self._saver = Saver(database)
        self._claim_seconds, self._key_seconds, self._now = claim_seconds, key_seconds, now
        self._cleaned_at: float | None = None

    def commit(self, group: Sequence[Work]) -> Sequence[Any]:
        """Do all of it or raise; the outcomes of each claim, the answer of each task, and nothing for other work."""
        return again_if_cut(lambda: self._commit(group))

    def _commit(self, group: Sequence[Work]) -> Sequence[Any]:
        with self._database.writing() as connection:
            self._release(connection, [claim for work in group if isinstance(work, Release) for claim in work.claims])
            self._save(connection, [write for work in group if isinstance(work, Save) for write in work.writes])
            claims = [work for work in group if isinstance(work, Claim)]
            held = self._claim(connection, [use for claim in claims for use in claim.uses])
            answers = [work.do(connection) if isinstance(work, Task) else None for work in group]
            cleaned = self._clean(connection)
        self._cleaned_at = cleaned
        return [
            [held[token] for _, token in work.uses] if isinstance(work, Claim) else answer
            for work, answer in zip(group, answers, strict=True)
        ]

    def _release(self, connection: Connection, claims: Sequence[KeyClaim]) -> None:
        if claims:
            connection.execute(statements.release, _sorted(map(_held, claims)))

    def _save(self, connection: Connection, writes: Sequence[Sealed]) -> None:
        if not writes:
            return
        kept = self._saver.save(connection, writes)
        if kept:
            self._database.write(connection, self._upserts.customer, _sorted(customer_rows(kept)))
        until = self._now() + self._key_seconds
        completed = [
            _key_row(write.claim.use, write.claim.token, until, write.record.prediction_id)
            for write in (each.write for each in writes)
            if write.claim
        ]
        if completed:
            self._database.write(connection, self._upserts.complete, _sorted(completed))

    def _claim(self, connection: Connection, uses: Sequence[tuple[KeyUse, str]]) -> Mapping[str, ClaimOutcome]:
        """The outcome of each token."""
        if not uses:
            return {}
        now = self._now()
        rows = [{**_key_row(use, token, now + self._claim_seconds, None), "now": now} for use, token in uses]
        self._database.write(connection, self._upserts.claim, _sorted(rows))
        keys = list({use.key for use, _ in uses})
        found = {
            row["key"]: row
            for part in chunks(keys)
            for row in connection.execute(statements.claimed, {"keys": part}).mappings()
        }
        return {token: _outcome(use, token, found[use.key]) for use, token in uses}

    def _clean(self, connection: Connection) -> float:
        """Remove some of the expired keys if it is time to; when that was last done (monotonic seconds)."""
        now = time.monotonic()
        if self._cleaned_at is not None and now < self._cleaned_at + CLEANING_INTERVAL:
            return self._cleaned_at
        connection.execute(statements.clean, {"now": self._now()})
        return now


def _outcome(use: KeyUse, token: str, held: Mapping[Any, Any]) -> ClaimOutcome:
    if held["token"] == token:
        return Claimed(token)
    if held["body_digest"] != use.body_digest:
        return OtherBody()
    return InProgress() if held["record"] is None else Done(record_in(held))


def _held(claim: KeyClaim) -> Parameters:
    return {"held_key": claim.use.key, "held_token": claim.token}


def _key_row(use: KeyUse, token: str, expires_at: float, prediction_id: str | None) -> Parameters:
    return {
        "key": use.key,
        "body_digest": use.body_digest,
        "token": token,
        "expires_at": expires_at,
        "prediction_id": prediction_id,
    }


def _sorted(rows: Iterable[Parameters]) -> list[Parameters]:
    """The rows in the order of their keys: by construction the first value of each."""
    return sorted(rows, key=lambda row: str(next(iter(row.values()))))
