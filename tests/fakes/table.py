"""A customers table and an outbox in memory, with switches to make them fail."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from db.items import customer_item, latest_in
from routing.ports import (
    Claimed,
    ClaimOutcome,
    Done,
    HistoryQuery,
    InProgress,
    KeyClaim,
    KeyUse,
    OtherBody,
    Standing,
    Write,
)
from scoring.errors import OutboxUnavailable, TableUnavailable
from scoring.record import ScoreRecord


@dataclass
class _Key:
    body_digest: str
    token: str
    expires_at: float
    record: ScoreRecord | None = None


@dataclass
class MemoryTable:
    """CustomerTable in dictionaries.

    `unreadable` and `unwritable` fail look_up, history and ping, or claim, release and save; `refuses` makes save fail
    for the writes that it is true of. `customers` holds the bank's attributes by id, `records` the history by
    prediction id, `look_ups` and `saves` count the calls that came.
    """

    now: Callable[[], float] = time.time
    claim_seconds: float = 60.0
    key_seconds: float = 86_400.0
    unreadable: bool = False
    unwritable: bool = False
    refuses: Callable[[Write], bool] = lambda _: False  # a default, replaced by a test
    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    records: dict[str, ScoreRecord] = field(default_factory=dict)
    keys: dict[str, _Key] = field(default_factory=dict)
    look_ups: int = 0
    saves: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look_up(self, customer_ids: Sequence[str]) -> Mapping[str, Standing]:
        self.look_ups += 1
        self._read()
        with self._lock:
            return {each: self._standing(each) for each in customer_ids}

    def claim(self, uses: Sequence[KeyUse]) -> Sequence[ClaimOutcome]:
        self._write()
        with self._lock:
            return [self._claim(use) for use in uses]

    def release(self, claims: Sequence[KeyClaim]) -> None:
        self._write()
        with self._lock:
            for claim in claims:
                held = self.keys.get(claim.use.key)
                if held and held.token == claim.token and held.record is None:
                    del self.keys[claim.use.key]

    def save(self, writes: Sequence[Write]) -> None:
        self.saves += 1
        self._write()
        if any(map(self.refuses, writes)):
            raise TableUnavailable("The customers table cannot be written.")
        with self._lock:
            for write in writes:
                self._save(write)

    def history(self, query: HistoryQuery) -> Sequence[ScoreRecord]:
        self._read()
        with self._lock:
            found = [
                record
                for record in self.records.values()
                if record.customer_id == query.customer_id
                and (query.before is None or _position(record) < query.before)
                and (query.since is None or record.scored_at >= query.since)
                and (query.until is None or record.scored_at < query.until)
            ]
        return sorted(found, key=_position, reverse=True)[: query.limit]

    def ping(self) -> None:
        self._read()

    def _read(self) -> None:
        if self.unreadable:
            raise TableUnavailable("The customers table cannot be read.")

    def _write(self) -> None:
        if self.unwritable:
            raise TableUnavailable("The customers table cannot be written.")

    def _standing(self, customer_id: str) -> Standing:
        item = self.customers.get(customer_id)
        return Standing(False) if item is None else Standing(True, latest_in(item))

    def _claim(self, use: KeyUse) -> ClaimOutcome:
        held = self.keys.get(use.key)
        if held is None or held.expires_at <= self.now():
            token = secrets.token_hex(16)
            self.keys[use.key] = _Key(use.body_digest, token, self.now() + self.claim_seconds)
            return Claimed(token)
        if held.body_digest != use.body_digest:
            return OtherBody()
        return InProgress() if held.record is None else Done(held.record)

    def _save(self, write: Write) -> None:
        record, claim = write.record, write.claim
        item = self.customers.setdefault(record.customer_id, {})
        if (item.get("prediction_timestamp") or "") < record.scored_at:
            item.update(customer_item(record))
        self.records.setdefault(record.prediction_id, record)
        if claim is None:
            return
        completed = _Key(claim.use.body_digest, claim.token, self.now() + self.key_seconds, record)
        held = self.keys.setdefault(claim.use.key, completed)
        if held.token == claim.token and held.record is None:
            self.keys[claim.use.key] = completed


@dataclass
class MemoryOutbox:
    """Outbox in a list; `full` makes put fail, `unreadable` held and waiting."""

    full: bool = False
    unreadable: bool = False
    writes: list[Write] = field(default_factory=list)

    def put(self, writes: Sequence[Write]) -> None:
        if self.full:
            raise OutboxUnavailable("The local outbox cannot be written.")
        self.writes += writes

    def held(self, keys: Sequence[str]) -> Mapping[str, Write]:
        if self.unreadable:
            raise OutboxUnavailable("The local outbox cannot be read.")
        return {each.claim.use.key: each for each in self.writes if each.claim and each.claim.use.key in keys}

    def waiting(self) -> int:
        if self.unreadable:
            raise OutboxUnavailable("The local outbox cannot be read.")
        return len(self.writes)


def _position(record: ScoreRecord) -> tuple[str, str]:
    return record.scored_at, record.prediction_id
