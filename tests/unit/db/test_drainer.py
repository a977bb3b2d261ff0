"""The drainer: in order, once, whatever fails."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from db.drainer import Drainer
from db.outbox import SqliteOutbox
from routing.archive import Dossier
from routing.ports import Done, KeyClaim, KeyUse, Write
from scoring.errors import OutboxUnavailable, TableUnavailable
from tests.fakes.polling import until
from tests.fakes.records import a_record
from tests.fakes.table import MemoryTable


class WatchedTable(MemoryTable):
    """A table that tells what it is asked to save, and can hold a save up."""

    def __init__(self) -> None:
        super().__init__()
        self.attempts: list[list[str]] = []
        self.attempted = threading.Condition()
        self.may_save = threading.Event()
        self.may_save.set()

    def save(self, writes: Sequence[Write]) -> None:
        with self.attempted:
            self.attempts.append([write.record.prediction_id for write in writes])
            self.attempted.notify_all()
        assert self.may_save.wait(30)
        super().save(writes)
        with self.attempted:
            self.attempted.notify_all()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self.attempted:
            assert self.attempted.wait_for(condition, 30)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[SqliteOutbox]:
    made = SqliteOutbox(tmp_path / "outbox.db", deadline=30)
    yield made
    made.close()


def put(outbox: SqliteOutbox, count: int) -> list[str]:
    records = [a_record() for _ in range(count)]
    outbox.put([Write(record) for record in records])
    return [record.prediction_id for record in records]


def test_writes_are_stored_in_order_in_batches_and_leave_the_outbox(outbox: SqliteOutbox) -> None:
    table, ids = WatchedTable(), put(outbox, 7)
    assert Drainer(outbox, table, batch=3).drain()
    assert table.attempts == [ids[:3], ids[3:6], ids[6:]]
    assert list(table.records) == ids
    assert outbox.waiting() == 0


def test_a_claim_is_completed_by_the_drained_write(outbox: SqliteOutbox) -> None:
    table, use = MemoryTable(), KeyUse("key", "body")
    (claimed,) = table.claim([use])
    record = a_record()
    outbox.put([Write(record, KeyClaim(use, claimed.token))])  # type: ignore[union-attr]
    Drainer(outbox, table).drain()
    assert table.claim([use]) == [Done(record)]


def test_while_the_table_is_down_everything_waits_and_nothing_is_counted_against_a_write(outbox: SqliteOutbox) -> None:
    table, ids = WatchedTable(), put(outbox, 5)
    table.unwritable = True
    drainer = Drainer(outbox, table, refusals=1)
    for _ in range(3):
        assert not drainer.drain()
    assert table.attempts == [ids, ids[:1]] * 3, "one write alone shows that the fault is not in the batch"
    assert (outbox.waiting(), outbox.set_aside()) == (5, 0)
    table.unwritable = False
    assert drainer.drain()
    assert list(table.records) == ids


def test_a_write_that_was_stored_though_the_table_said_otherwise_counts_once(outbox: SqliteOutbox) -> None:
    class AnswerLost(MemoryTable):
        lost = True

        def save(self, writes: Sequence[Write]) -> None:
            super().save(writes)
            if self.lost:
                raise TableUnavailable("No answer came.")

    table, ids = AnswerLost(), put(outbox, 2)
    drainer = Drainer(outbox, table)
    assert not drainer.drain()
    table.lost = False
    assert drainer.drain()
    assert list(table.records) == ids
    assert outbox.waiting() == 0


def test_a_write_that_the_table_never_takes_does_not_block_the_others(
    outbox: SqliteOutbox, caplog: pytest.LogCaptureFixture
) -> None:
    table, ids = MemoryTable(), put(outbox, 5)
    table.refuses = lambda write: write.record.prediction_id == ids[1]
    drainer = Drainer(outbox, table, batch=3, refusals=3)
    assert not drainer.drain()
    assert list(table.records) == [ids[0], *ids[2:]]
    later = put(outbox, 1)
    assert not drainer.drain()
    assert list(table.records)[-1:] == later
    assert (outbox.waiting(), outbox.set_aside()) == (0, 1), "refused for the third time, alone in the queue"
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == [
        "outbox: writes set aside"
    ]
    assert table.keys == {}, "the proof that the table can be written leaves nothing behind"


def test_a_damaged_write_is_set_aside(outbox: SqliteOutbox) -> None:
    table, ids = MemoryTable(), put(outbox, 3)
    (_, second, _) = outbox.oldest(3)
    outbox._committer.run([("UPDATE waiting SET write = ? WHERE sequence = ?", [("{}", second.sequence)])])
    assert Drainer(outbox, table).drain()
    assert list(table.records) == [ids[0], ids[2]]
    assert (outbox.waiting(), outbox.set_aside()) == (0, 1)


def test_one_drainer_drains_at_a_time(outbox: SqliteOutbox, tmp_path: Path) -> None:
    table, ids = WatchedTable(), put(outbox, 3)
    table.may_save.clear()
    first = threading.Thread(target=Drainer(outbox, table).drain)
    first.start()
    table.wait_for(lambda: len(table.attempts) == 1)
    other_worker = SqliteOutbox(tmp_path / "outbox.db")
    assert Drainer(other_worker, table).drain()
    table.may_save.set()
    first.join()
    other_worker.close()
    assert table.attempts == [ids]


def test_a_started_drainer_stores_what_was_left_and_wakes_for_what_comes(outbox: SqliteOutbox) -> None:
    table, left = WatchedTable(), put(outbox, 2)
    drainer = Drainer(outbox, table, poll_seconds=3600)
    drainer.start()
    table.wait_for(lambda: table.attempts == [left])
    came = put(outbox, 1)
    table.wait_for(lambda: table.attempts == [left, came])
    drainer.stop()
    assert outbox.waiting() == 0


def test_a_started_drainer_tries_again_until_the_table_is_back(outbox: SqliteOutbox) -> None:
    table, ids = WatchedTable(), put(outbox, 2)
    table.unwritable = True
    drainer = Drainer(outbox, table, shortest_pause=0.001, longest_pause=0.01)
    drainer.start()
    table.wait_for(lambda: len(table.attempts) > 4)
    table.unwritable = False
    table.wait_for(lambda: set(table.records) == set(ids))
    drainer.stop()
    assert outbox.waiting() == 0


def test_a_drainer_outlives_an_error_that_nobody_foresaw(outbox: SqliteOutbox) -> None:
    class Faulty(WatchedTable):
        is_faulty = True

        def save(self, writes: Sequence[Write]) -> None:
            super().save(writes)
            if self.is_faulty:
                raise KeyError("a defect")

    table, ids = Faulty(), put(outbox, 2)
    drainer = Drainer(outbox, table, shortest_pause=0.001, longest_pause=0.01)
    drainer.start()
    table.wait_for(lambda: len(table.attempts) > 2)
    table.is_faulty = False
    until(lambda: outbox.waiting() == 0)
    drainer.stop()
    assert list(table.records) == ids


def test_a_drainer_whose_outbox_cannot_be_read_goes_on_trying(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not Drainer(SqliteOutbox(tmp_path / "file" / "outbox.db"), MemoryTable()).drain()


class HeldUp(SqliteOutbox):
    """An outbox whose files are being read by something else, so that no trace can be removed."""

    scrubs = 0
    is_read = True

    def scrub(self) -> None:
        self.scrubs += 1
        if self.is_read:
            raise OutboxUnavailable("The local outbox cannot be written.")
        super().scrub()


def test_traces_that_could_not_be_removed_are_removed_later_and_nothing_is_stored_twice(tmp_path: Path) -> None:
    outbox, table = HeldUp(tmp_path / "outbox.db", deadline=30), WatchedTable()
    ids = put(outbox, 2)
    drainer = Drainer(outbox, table)
    assert not drainer.drain(), "there is something left to do"
    outbox.is_read = False
    assert drainer.drain()
    assert drainer.drain()
    assert (table.attempts, outbox.scrubs) == ([ids], 2)
    assert (tmp_path / "outbox.db-wal").stat().st_size == 0
    outbox.close()


def test_what_was_set_aside_is_looked_after_now_and_then(outbox: SqliteOutbox) -> None:
    class Asked(MemoryTable):
        dossiers = 0

        def dossier(self, customer_id: str) -> Dossier | None:
            self.dossiers += 1
            return super().dossier(customer_id)

    table, record = Asked(), a_record()
    outbox.put([Write(record)])
    outbox.settle(stored=[], refused=[], hopeless=outbox.oldest(1))
    drainer = Drainer(outbox, table, archive=table, erasure_seconds=3600)
    for _ in range(3):
        assert drainer.drain()
    assert table.dossiers == 1
    assert len(outbox.set_aside_writes()) == 1, "nobody knows the customer, so nobody was erased"
