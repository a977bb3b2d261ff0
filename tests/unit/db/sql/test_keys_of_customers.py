"""Records under their customers' keys in SQL: at what price, made by older code, damaged, and by many processes."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from db.items import dump
from db.sql.database import Database, postgresql, sqlite
from db.sql.table import SqlTable
from routing.ports import HistoryQuery, Write
from scoring.errors import TableUnavailable
from scoring.record import ErasedRecord, ScoreRecord
from tests.fakes.records import a_receipt, a_record, an_explained_record, later

ROOT = Path(__file__).parents[4]
OLD_TABLES = """
CREATE TABLE customers (customer_id TEXT PRIMARY KEY, prediction_timestamp TEXT, credit_score DOUBLE PRECISION,
                        models_used JSON, prediction_type TEXT, raw_predictions JSON);
CREATE TABLE score_history (prediction_id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, scored_at TEXT NOT NULL,
                            record JSON NOT NULL);
CREATE INDEX score_history_of_customer ON score_history (customer_id, scored_at, prediction_id)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "credit.db")
    url: str = request.getfixturevalue("postgres").empty_database()
    return url


@pytest.fixture
def database(where: str) -> Database:
    return postgresql(where, statement_seconds=30) if "://" in where else sqlite(Path(where), busy_seconds=30)


@pytest.fixture
def table(database: Database) -> Iterator[SqlTable]:
    made = SqlTable(database, deadline=60)
    yield made
    made.close()


def execute(database: Database, sql: str, **values: Any) -> None:
    with database.creating() as connection:
        connection.execute(text(sql), values)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that are sent meanwhile, by their first words, on connections that are opened meanwhile."""
    seen: list[str] = []

    def note(sql: str) -> None:
        if sql.startswith(("SELECT", "INSERT", "UPDATE")):
            seen.append(" ".join(sql.split()[:3]))

    def opened(connection: object, _: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(note)  # also sees what does not go through SQLAlchemy

    def sent(_: object, cursor: object, sql: str, *__: object) -> None:
        if not isinstance(cursor, sqlite3.Cursor):
            note(sql)

    event.listen(Engine, "connect", opened)
    event.listen(Engine, "before_cursor_execute", sent)
    try:
        yield seen
    finally:
        event.remove(Engine, "connect", opened)
        event.remove(Engine, "before_cursor_execute", sent)


# ------------------------------------------------------------ the price


def test_a_known_customer_costs_one_statement_for_each_table(table: SqlTable) -> None:
    table.create()
    with statements() as seen:
        table.save([Write(a_record("CUS1"))])
        seen.clear()
        seal = table.look_up(["CUS1"])["CUS1"].seal
        table.save([Write(a_record("CUS1"), seal=seal)])
        assert seen == ["SELECT customers.customer_id, customers.prediction_timestamp,", *STORING]
        seen.clear()
        table.look_up(["CUS2"])
        table.save([Write(a_record("CUS2"))])
        assert seen[1:] == ["INSERT INTO customer_keys", *STORING], "the first record brings a key along"


STORING = ["INSERT INTO score_history", "INSERT INTO customers"]

# ------------------------------------------------------------ what older code left


def test_what_older_code_wrote_is_read_added_to_and_erased(table: SqlTable, database: Database) -> None:
    for statement in OLD_TABLES.split(";"):
        execute(database, statement)
    old = an_explained_record("CUS1")
    plain = {**old.values(), "format": 1}
    insert = (
        "INSERT INTO score_history (prediction_id, customer_id, scored_at, record) VALUES (:id, 'CUS1', :at, :record)"
    )
    execute(database, insert, id=old.prediction_id, at=old.scored_at, record=dump(plain))
    execute(database, "INSERT INTO customers (customer_id, credit_score) VALUES ('CUS1', 735.4)")
    with pytest.raises(TableUnavailable):
        table.ping()
    for _ in range(2):
        table.create()
    table.ping()
    new = a_record("CUS1")
    table.save([Write(new, seal=table.look_up(["CUS1"])["CUS1"].seal)])
    assert list(table.history(HistoryQuery("CUS1", 20))) == [new, old]
    assert [each.record for each in table.scan(until=new.scored_at)] == [old]
    receipt = a_receipt("CUS1", later(new))
    assert table.erase(receipt) == receipt
    assert list(table.history(HistoryQuery("CUS1", 20))) == [ErasedRecord.of(new), ErasedRecord.of(old)]
    with database.reading() as connection:
        kept = str(connection.execute(text("SELECT record FROM score_history")).all())
    assert "720.3" not in kept
    assert table.erase(a_receipt("CUS1", later(new, days=1), "again")) == receipt


# ------------------------------------------------------------ damage


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE score_history SET sealed = (SELECT sealed FROM score_history WHERE customer_id = 'CUS2')",
        "UPDATE score_history SET key_id = 'another key' WHERE customer_id = 'CUS1'",
        "DELETE FROM customer_keys",
    ],
    ids=["another record in its place", "another key's name", "the key is gone"],
)
def test_a_record_that_does_not_open_is_told_from_one_that_was_erased(
    table: SqlTable, database: Database, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    table.create()
    record = an_explained_record("CUS1")
    table.save([Write(record), Write(a_record("CUS2"))])
    execute(database, damage)
    for attempt in (
        lambda: table.find(record.prediction_id),
        lambda: table.history(HistoryQuery("CUS1", 20)),
        lambda: list(table.scan()),
    ):
        caplog.clear()
        with caplog.at_level(logging.ERROR), pytest.raises(TableUnavailable):
            attempt()
        assert [each.__dict__["prediction_id"] for each in caplog.records] == [record.prediction_id]
    table.look_up(["CUS1"])


# ------------------------------------------------------------ many processes

SAVING = """
import sys
from pathlib import Path
from db.sql.database import postgresql, sqlite
from db.sql.table import SqlTable
from routing.ports import Write
from tests.fakes.records import a_receipt, a_record, later

where, number = sys.argv[1], int(sys.argv[2])
database = postgresql(where, statement_seconds=30) if "://" in where else sqlite(Path(where), busy_seconds=30)
table = SqlTable(database, deadline=60)
print("ready", flush=True)
sys.stdin.readline()
for i in range(40):
    seal = table.look_up([f"CUS{i}"])[f"CUS{i}"].seal
    record = a_record(f"CUS{i}")
    table.save([Write(record, seal=seal)])
    print(record.prediction_id, flush=True)
    if i % 4 == number:
        table.erase(a_receipt(f"CUS{i}", record.scored_at, f"receipt {i}"))
"""


def test_processes_that_make_first_keys_and_erase_at_once_lose_nothing(table: SqlTable, where: str) -> None:
    table.create()
    command = [sys.executable, "-c", SAVING, where]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen([*command, str(i)], cwd=ROOT, **pipes) for i in range(3)]  # type: ignore[call-overload]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    told = [line.strip() for worker in workers for line in worker.communicate(timeout=120)[0].splitlines()]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    found = {each.record.prediction_id: each.record for each in table.scan()}
    assert sorted(found) == sorted(told)
    assert len(told) == 120
    for i in range(40):
        records = [each for each in found.values() if each.customer_id == f"CUS{i}"]
        assert len(records) == 3
        assert i % 4 != 3 or all(isinstance(each, ScoreRecord) for each in records), "nobody erased these"
        dossier = table.dossier(f"CUS{i}")
        assert dossier is not None
        assert len(dossier.receipts) == (i % 4 != 3)
