"""A customers table with its archive in memory, with switches to make it fail."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from db.items import customer_item, latest_in
from db.sealing import new_key
from routing.archive import Dossier, Event, Filed, Hold, OnHold, Receipt, UnknownCustomer
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
from scoring.errors import TableUnavailable
from scoring.record import AnyRecord, ErasedRecord, ScoreRecord

LATEST = frozenset(("prediction_timestamp", "credit_score", "models_used", "prediction_type", "raw_predictions"))


@dataclass
class _Key:
    body_digest: str
    token: str
    expires_at: float
    prediction_id: str | None = None


@dataclass
class _File:
    """What the archive keeps of a customer beside the predictions: the stand-in of a seal, holds, receipts."""

    seal: bytes | None = None
    erased_at: str = ""
    hold: Hold | None = None
    receipts: tuple[Receipt, ...] = ()


@dataclass
class MemoryTable:
    """CustomerTable and Archive in dictionaries.

    `unreadable` and `unwritable` fail what reads (look_up, history, ping, find, scan, dossier) and what writes;
    `refuses` makes save fail for the writes that it is true of. `customers` holds the bank's attributes by id,
    `records` the history and `events` what became known, by prediction id, `look_ups` and `saves` count calls.
    """

    now: Callable[[], float] = time.time
    claim_seconds: float = 60.0
    key_seconds: float = 86_400.0
    unreadable: bool = False
    unwritable: bool = False
    refuses: Callable[[Write], bool] = lambda _: False  # a default, replaced by a test
    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    records: dict[str, AnyRecord] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    files: dict[str, _File] = field(default_factory=dict)
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
                if held and held.token == claim.token and held.prediction_id is None:
                    del self.keys[claim.use.key]

    def save(self, writes: Sequence[Write]) -> None:
        self.saves += 1
        self._write()
        if any(map(self.refuses, writes)):
            raise TableUnavailable("The customers table cannot be written.")
        with self._lock:
            for write in writes:
                self._save(write)

    def history(self, query: HistoryQuery) -> Sequence[AnyRecord]:
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

    # ------------------------------------------------------------ Archive

    def find(self, prediction_id: str) -> Filed | None:
        return self.find_many([prediction_id]).get(prediction_id)

    def find_many(self, prediction_ids: Sequence[str]) -> Mapping[str, Filed]:
        self._read()
        with self._lock:
            return {each: self._filed(self.records[each]) for each in prediction_ids if each in self.records}

    def last(self, wanted: Sequence[tuple[str, str]]) -> Sequence[str | None]:
        found = [self.history(HistoryQuery(who, 1, until=until)) for who, until in wanted]
        return [each[0].prediction_id if each else None for each in found]

    def add(self, events: Sequence[Event]) -> Sequence[Event]:
        self._write()
        with self._lock:
            return [self._add(event) for event in events]

    def scan(self, since: str | None = None, until: str | None = None) -> Iterator[Filed]:
        self._read()
        with self._lock:
            found = [
                self._filed(record)
                for record in self.records.values()
                if (since is None or record.scored_at >= since) and (until is None or record.scored_at < until)
            ]
        yield from found

    def dossier(self, customer_id: str) -> Dossier | None:
        self._read()
        with self._lock:
            if not self._is_known(customer_id):
                return None
            file = self._file(customer_id)
            return Dossier(file.hold, file.receipts)

    def hold(self, customer_id: str, hold: Hold | None) -> None:
        self._write()
        with self._lock:
            if not self._is_known(customer_id):
                raise UnknownCustomer()
            self._file(customer_id).hold = hold

    def erase(self, receipt: Receipt) -> Receipt:
        self._write()
        with self._lock:
            return self._erase(receipt)

    # ------------------------------------------------------------ each under the lock

    def _read(self) -> None:
        if self.unreadable:
            raise TableUnavailable("The customers table cannot be read.")

    def _write(self) -> None:
        if self.unwritable:
            raise TableUnavailable("The customers table cannot be written.")

    def _standing(self, customer_id: str) -> Standing:
        item, file = self.customers.get(customer_id), self._file(customer_id)
        return Standing(False) if item is None else Standing(True, latest_in(item), file.seal, file.erased_at or None)

    def _claim(self, use: KeyUse) -> ClaimOutcome:
        held = self.keys.get(use.key)
        if held is None or held.expires_at <= self.now():
            token = secrets.token_hex(16)
            self.keys[use.key] = _Key(use.body_digest, token, self.now() + self.claim_seconds)
            return Claimed(token)
        if held.body_digest != use.body_digest:
            return OtherBody()
        return InProgress() if held.prediction_id is None else Done(self.records[held.prediction_id])

    def _save(self, write: Write) -> None:
        record, claim, file = write.record, write.claim, self._file(write.record.customer_id)
        if record.scored_at <= file.erased_at:
            self.records.setdefault(record.prediction_id, ErasedRecord.of(record))
        else:
            file.seal = file.seal or new_key()
            item = self.customers.setdefault(record.customer_id, {})
            if (item.get("prediction_timestamp") or "") < record.scored_at:
                item.update(customer_item(record))
            self.records.setdefault(record.prediction_id, record)
        if claim is None:
            return
        completed = _Key(claim.use.body_digest, claim.token, self.now() + self.key_seconds, record.prediction_id)
        held = self.keys.setdefault(claim.use.key, completed)
        if held.token == claim.token and held.prediction_id is None:
            self.keys[claim.use.key] = completed

    def _file(self, customer_id: str) -> _File:
        return self.files.setdefault(customer_id, _File())

    def _filed(self, record: AnyRecord) -> Filed:
        events = sorted(self.events.get(record.prediction_id, ()), key=lambda event: event.at)
        return Filed(record, tuple(events))

    def _is_known(self, customer_id: str) -> bool:
        file = self.files.get(customer_id)
        was_noted = file is not None and (file.seal is not None or bool(file.receipts))
        return customer_id in self.customers or was_noted or bool(self._predictions(customer_id))

    def _predictions(self, customer_id: str) -> list[AnyRecord]:
        return [record for record in self.records.values() if record.customer_id == customer_id]

    def _add(self, event: Event) -> Event:
        held = self.events.setdefault(event.prediction_id, [])
        for each in held:
            if (each.kind, each.key) == (event.kind, event.key):
                return each
        file = self._file(event.customer_id)
        if event.at <= file.erased_at:
            event = replace(event, body=None)
        else:
            file.seal = file.seal or new_key()
        held.append(event)
        return event

    def _erase(self, receipt: Receipt) -> Receipt:
        who = receipt.customer_id
        if not self._is_known(who):
            raise UnknownCustomer()
        file = self._file(who)
        if file.hold:
            raise OnHold()
        item = self.customers.get(who, {})
        latest = LATEST.intersection(name for name, value in item.items() if value is not None)
        is_left = file.seal is not None or bool(latest)
        newest = max((record.scored_at for record in self._predictions(who)), default="")
        file.seal, file.erased_at = None, max(file.erased_at, receipt.erased_at, newest)
        for name in latest:
            del item[name]
        for record in self._predictions(who):
            if isinstance(record, ScoreRecord):
                self.records[record.prediction_id] = ErasedRecord.of(record)
        for events in self.events.values():
            events[:] = [replace(event, body=None) if event.customer_id == who else event for event in events]
        if is_left or not file.receipts:
            file.receipts += (receipt,)
        return file.receipts[-1]


def _position(record: AnyRecord) -> tuple[str, str]:
    return record.scored_at, record.prediction_id
