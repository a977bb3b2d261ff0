"""The SQLite table beyond the port's promises: files, durability, deadlines, groups."""

from __future__ import annotations

import dataclasses
import logging
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from db.files import exclusive
from db.sql.database import sqlite
from db.sql.table import SqlTable
from routing.ports import HistoryQuery, KeyUse, Write
from scoring.errors import TableUnavailable
from scoring.record import AnyRecord
from tests.fakes.polling import until
from tests.fakes.records import START, a_record

ROOT = Path(__file__).parents[4]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "credit.db"


@pytest.fixture
def table(path: Path) -> Iterator[SqlTable]:
    made = SqlTable(sqlite(path), deadline=30)
    made.create()
    yield made
    made.close()


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def history(table: SqlTable) -> list[AnyRecord]:
    return list(table.history(HistoryQuery("CUS123456", 200)))


def test_making_the_tables_again_keeps_what_is_in_them(table: SqlTable) -> None:
    table.save([Write(a_record())])
    table.create()
    assert len(history(table)) == 1


def test_nothing_is_opened_before_the_first_use(path: Path) -> None:
    SqlTable(sqlite(path))
    assert not path.parent.exists()


def test_only_its_owner_can_read_the_files(table: SqlTable, path: Path) -> None:
    table.save([Write(a_record())])
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes.keys() >= {"credit.db", "credit.db-wal", "credit.db.lock"}
    assert set(modes.values()) == {0o600}


def test_every_commit_is_synced_to_the_disk(path: Path) -> None:
    database = sqlite(path)
    with database.creating():
        pass
    with database.writing() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "2 is FULL"
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    database.close()


def test_a_missing_table_is_unavailable_and_the_log_says_why(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    database = sqlite(path)
    with database.creating():
        pass
    with pytest.raises(TableUnavailable):
        SqlTable(database).look_up(["CUS-SECRET"])
    (record,) = caplog.records
    assert record.__dict__["reason"] == "no such table: customers"
    assert "CUS-SECRET" not in str(record.__dict__)


def test_a_value_that_cannot_be_stored_is_not_told_to_the_log(
    table: SqlTable, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(TableUnavailable) as failure:
        table.save([Write(a_record("CUS-SECRET", provenance={"unfit": object()}))])
    assert "CUS-SECRET" not in str([record.__dict__ for record in caplog.records])
    assert failure.value.__suppress_context__


def test_a_bad_write_does_not_take_those_that_wait_beside_it_along(table: SqlTable, path: Path) -> None:
    database, begun = sqlite(path), threading.Event()

    @contextmanager
    def writing() -> Iterator[Connection]:
        begun.set()
        with database.writing() as connection:
            yield connection

    busy = SqlTable(dataclasses.replace(database, writing=writing), deadline=30)
    good, bad = [a_record() for _ in range(3)], a_record(scored_at=None)
    with ThreadPoolExecutor(5) as threads:
        with exclusive(path.with_name("credit.db.lock")):
            first = threads.submit(busy.save, [Write(a_record("CUS1"))])
            assert begun.wait(30)
            saves = [threads.submit(busy.save, [Write(record)]) for record in (good[0], bad, *good[1:])]
            until(lambda: busy._committer._jobs.qsize() == 4)
        for each in (first, saves[0], saves[2], saves[3]):
            each.result()
        assert isinstance(saves[1].exception(), TableUnavailable)
    assert history(table) == good[::-1]
    busy.close()


def test_a_save_that_timed_out_but_succeeded_and_is_drained_later_is_one_item(table: SqlTable, path: Path) -> None:
    hasty, write = SqlTable(sqlite(path), deadline=0.05), Write(a_record())
    with exclusive(path.with_name("credit.db.lock")), pytest.raises(TableUnavailable):
        hasty.save([write])
    until(lambda: len(history(table)) == 1)
    table.save([write])
    assert history(table) == [write.record]
    hasty.close()


def test_expired_keys_are_removed(table: SqlTable, path: Path) -> None:
    table.claim([KeyUse(f"key {i}", "body") for i in range(5)])
    a_day_later = SqlTable(sqlite(path), deadline=30, now=lambda: START.timestamp() + 10**9)
    a_day_later.claim([KeyUse("key 6", "body")])
    assert rows(path, "SELECT key FROM idempotency_keys") == [("key 6",)]
    a_day_later.close()


@pytest.mark.parametrize("written", ["2025-11-08T10:30:00Z", "2025-11-08T10:29:59.999999Z", "2025-11-08", "Nov 8"])
def test_a_time_that_another_program_wrote_differently_is_still_older(
    table: SqlTable, path: Path, written: str
) -> None:
    rows(path, f"INSERT INTO customers (customer_id, prediction_timestamp) VALUES ('CUS1', '{written}')")  # noqa: S608
    record = a_record("CUS1", START.replace(microsecond=1))
    table.save([Write(record)])
    latest = table.look_up(["CUS1"])["CUS1"].latest
    assert latest is not None
    assert latest.scored_at == record.scored_at


def test_a_customer_whose_prediction_another_program_spoiled_still_exists(table: SqlTable, path: Path) -> None:
    table.save([Write(a_record("CUS1"))])
    rows(path, "UPDATE customers SET models_used = 'not JSON', prediction_timestamp = 'yesterday'")
    standing = table.look_up(["CUS1"])["CUS1"]
    assert (standing.existing, standing.latest) == (True, None)


def test_a_table_that_was_away_is_used_again_when_it_is_back(table: SqlTable, path: Path) -> None:
    table.save([Write(a_record())])
    rows(path, "ALTER TABLE customers RENAME TO elsewhere")
    for attempt in (lambda: table.look_up(["CUS123456"]), lambda: table.save([Write(a_record())])):
        with pytest.raises(TableUnavailable):
            attempt()
    rows(path, "ALTER TABLE elsewhere RENAME TO customers")
    assert table.look_up(["CUS123456"])["CUS123456"].existing
    table.save([Write(a_record())])


FORKING = """
import os, sys
from pathlib import Path
from db.sql.database import sqlite
from db.sql.table import SqlTable
from routing.ports import Write
from tests.fakes.polling import until
from tests.fakes.records import a_record

table = SqlTable(sqlite(Path(sys.argv[1])), deadline=30)
table.create()
children = []
for _ in range(2):
    if (child := os.fork()) == 0:
        for _ in range(30):
            table.save([Write(a_record())])
        os._exit(0)
    children.append(child)
sys.exit(max(os.waitpid(child, 0)[1] for child in children))
"""


def test_a_table_made_before_a_fork_works_in_every_child(table: SqlTable, path: Path) -> None:
    subprocess.run([sys.executable, "-c", FORKING, path], cwd=ROOT, check=True, timeout=60)
    assert len(history(table)) == 60


CREATING = """
import sys
from pathlib import Path
from db.sql.database import sqlite
from db.sql.table import SqlTable
sys.stdin.readline()
SqlTable(sqlite(Path(sys.argv[1]))).create()
"""


def test_several_workers_may_make_the_tables_at_once(path: Path) -> None:
    command = [sys.executable, "-c", CREATING, str(path)]
    workers = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True) for _ in range(3)]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.close()
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    SqlTable(sqlite(path)).ping()
