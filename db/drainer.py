"""Brings waiting writes from the outbox to the customers table."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Sequence

from db.items import load_write
from db.outbox import SqliteOutbox, Waiting
from routing.archive import Archive
from routing.ports import Claimed, CustomerTable, KeyClaim, KeyUse, Write
from scoring.errors import OutboxUnavailable, TableUnavailable
from scoring.record import ErasedRecord

logger = logging.getLogger(__name__)

UNREADABLE = (ValueError, KeyError, TypeError)
"""What reading a write raises when its text was damaged, or comes from newer code."""


class Drainer:
    """Stores what waits in `outbox` in `table`, in order, `batch` at a time, from a thread of its own.

    Each write counts once: the table knows a prediction id that it has, and a write leaves the outbox after it was
    stored. While the table is down the pauses double, from `shortest_pause` to `longest_pause` (seconds). A write that
    the table refused `refusals` times while it took others is set aside: kept, logged and counted by the outbox.
    All processes may have a drainer: one of them drains at a time. `poll_seconds`: how often this one looks for writes
    that another process left, beside those that `outbox.put` announces. `start` it after the fork.
    What was stored leaves no trace in the outbox's files. Of what was set aside, once the `archive` knows that its
    customer was erased since, only the decision is kept: that is looked after every `erasure_seconds`.
    """

    def __init__(
        self,
        outbox: SqliteOutbox,
        table: CustomerTable,
        *,
        batch: int = 100,
        refusals: int = 8,
        poll_seconds: float = 5.0,
        shortest_pause: float = 0.25,
        longest_pause: float = 30.0,
        archive: Archive | None = None,
        erasure_seconds: float = 600.0,
    ) -> None:
        self._outbox, self._table, self._archive = outbox, table, archive
        self._erasure_seconds, self._looked_at = erasure_seconds, float("-inf")
        self._leaves_traces = True
        self._batch, self._refusals, self._poll_seconds = batch, refusals, poll_seconds
        self._shortest_pause, self._longest_pause = shortest_pause, longest_pause
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin draining."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="outbox-drainer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the batch that is under way; what still waits is drained after the next start."""
        self._stopping.set()
        self._outbox.arrived.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def drain(self) -> bool:
        """Store what waits now. False if the table does not take it, or refuses some of it: try again later."""
        try:
            with self._outbox.draining() as is_mine:
                return self._drain_all() and self._clean() if is_mine else True
        except (TableUnavailable, OutboxUnavailable):  # both were logged where they arose
            return False
        except Exception:  # whatever it is, the writes still wait: the next attempt must come
            logger.exception("outbox: draining failed")
            return False

    def _run(self) -> None:
        pause = self._shortest_pause
        while not self._stopping.is_set():
            self._outbox.arrived.clear()
            if self.drain():
                pause = self._shortest_pause
                if not self._stopping.is_set():
                    self._outbox.arrived.wait(self._poll_seconds)
            else:
                self._stopping.wait(pause)
                pause = min(2 * pause, self._longest_pause)

    def _drain_all(self) -> bool:
        while (waiting := self._outbox.oldest(self._batch)) and not self._stopping.is_set():
            writes = self._readable(waiting)
            if not writes:
                continue
            try:
                self._table.save([write for _, write in writes])
            except TableUnavailable:
                if not self._one_by_one(writes):
                    return False
            else:
                self._settle(stored=[each for each, _ in writes])
        return True

    def _clean(self) -> bool:
        """Leave nothing behind; True, for the writes are stored. OutboxUnavailable, TableUnavailable: try again."""
        if self._archive and time.monotonic() >= self._looked_at + self._erasure_seconds:
            self._erase_set_aside(self._archive)
            self._looked_at = time.monotonic()
        if self._leaves_traces:
            self._outbox.scrub()
            self._leaves_traces = False
        return True

    def _erase_set_aside(self, archive: Archive) -> None:
        erased: dict[int, ErasedRecord] = {}
        for each in self._outbox.set_aside_writes():
            try:
                record = load_write(each.text).record
            except UNREADABLE:
                continue
            dossier = archive.dossier(record.customer_id)
            if dossier and any(record.scored_at <= receipt.erased_at for receipt in dossier.receipts):
                erased[each.sequence] = ErasedRecord.of(record)
        if erased:
            self._outbox.reduce(erased)
            self._leaves_traces = True
            logger.info("outbox: writes that were set aside were erased", extra={"writes": len(erased)})

    def _readable(self, waiting: Sequence[Waiting]) -> list[tuple[Waiting, Write]]:
        readable, hopeless = [], []
        for each in waiting:
            try:
                readable.append((each, load_write(each.text)))
            except UNREADABLE:
                hopeless.append(each)
        self._settle(hopeless=hopeless, because="cannot be read")
        return readable

    def _one_by_one(self, writes: Sequence[tuple[Waiting, Write]]) -> bool:
        """Store each write alone; whether any was stored. TableUnavailable once the table takes nothing at all."""
        stored: list[Waiting] = []
        refused: list[Waiting] = []
        try:
            for each, write in writes:
                if self._stopping.is_set():
                    break
                try:
                    self._table.save([write])
                    stored.append(each)
                except TableUnavailable:
                    self._prove_writable()
                    refused.append(each)
        finally:
            hopeless = [each for each in refused if each.refusals + 1 >= self._refusals]
            later = [each for each in refused if each not in hopeless]
            self._settle(stored, later, hopeless, because="refused by the table while it took others")
        return bool(stored)

    def _prove_writable(self) -> None:
        """Write something harmless and take it back. TableUnavailable: the fault is not in the write."""
        use = KeyUse(f"outbox-{secrets.token_hex(16)}", "")
        (outcome,) = self._table.claim([use])
        if isinstance(outcome, Claimed):
            self._table.release([KeyClaim(use, outcome.token)])

    def _settle(
        self,
        stored: Sequence[Waiting] = (),
        refused: Sequence[Waiting] = (),
        hopeless: Sequence[Waiting] = (),
        because: str = "",
    ) -> None:
        if stored or refused or hopeless:
            self._leaves_traces = True
            self._outbox.settle(stored, refused, hopeless)
        if stored:
            logger.info("outbox: writes stored", extra={"writes": len(stored)})
        if hopeless:
            logger.error("outbox: writes set aside", extra={"writes": len(hopeless), "reason": because})
