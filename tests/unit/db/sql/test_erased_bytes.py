"""After an erasure, the bytes of the files themselves: no value of the person can be found in any of them."""

from __future__ import annotations

import dataclasses
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.drainer import Drainer
from db.outbox import SqliteOutbox
from db.sql.database import sqlite
from db.sql.table import SqlTable
from routing.ports import KeyClaim, KeyUse, Write
from scoring.errors import TableUnavailable
from scoring.reasons import Contribution
from scoring.record import ErasedRecord, ModelScore, ScoreRecord
from tests.fakes.records import a_receipt, a_record, an_event, an_explained_record, later

SCORE, INCOME, PD, POINTS = 612.8734512345, 48211.0937712, 0.1739264850173, -31.90571193
REASON, NOTE = "Einkommen im Verhältnis niedrig", "asked for by the branch, Mr Huber's case"
Trace = float | str
TRACES: list[Trace] = [SCORE, INCOME, PD, POINTS, REASON, NOTE]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def table(folder: Path) -> Iterator[SqlTable]:
    made = SqlTable(sqlite(folder / "credit.db"), deadline=30)
    made.create()
    yield made
    made.close()


@pytest.fixture
def outbox(folder: Path) -> Iterator[SqliteOutbox]:
    made = SqliteOutbox(folder / "outbox.db", deadline=30)
    yield made
    made.close()


def a_telling_record(customer_id: str = "CUS1", score: float = SCORE) -> ScoreRecord:
    """A record all of whose values can be recognised."""
    record = an_explained_record(customer_id)
    assert record.explanation is not None
    contribution = Contribution("social", "connections", None, -0.5, POINTS)
    code = dataclasses.replace(record.explanation.reason_codes[0], description=REASON, points=POINTS)
    return dataclasses.replace(
        record,
        score=score,
        probability_of_default=PD,
        models=(ModelScore("social", "2", "ef" * 32, -1.5, score, 1.0, PD),),
        inputs={"social": {"income": INCOME}},
        explanation=dataclasses.replace(record.explanation, contributions=(contribution,), reason_codes=(code,)),
    )


def traces(folder: Path, looked_for: list[Trace] | None = None) -> dict[str, list[Trace]]:
    """What can be found in which file, written as text or as SQLite keeps a number."""
    found: dict[str, list[Trace]] = {}
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        found[path.name] = [each for each in looked_for or TRACES if any(form in content for form in _forms(each))]
    return {name: some for name, some in found.items() if some}


def _forms(value: Trace) -> list[bytes]:
    if isinstance(value, str):
        return [value.encode()]
    return [repr(value).encode(), struct.pack(">d", value)]


def in_rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_nothing_of_an_erased_customer_is_left_in_the_file_or_its_log(table: SqlTable, folder: Path) -> None:
    others = [a_record(f"OTHER{i}") for i in range(300)]
    table.save([Write(record) for record in others[:150]])
    earlier, record = a_telling_record(score=587.3301928374), a_telling_record()
    table.save([Write(earlier)])
    table.save([Write(record, seal=table.look_up(["CUS1"])["CUS1"].seal)])
    table.add([an_event(record, "override", body={"reason": NOTE, "score": SCORE})])
    table.save([Write(each) for each in others[150:]])
    key = table.look_up(["CUS1"])["CUS1"].seal
    assert key is not None
    before = traces(folder, [*TRACES, 587.3301928374])
    assert SCORE in before["credit.db-wal"], "the customers table says the latest score, for other programs"
    assert not {INCOME, PD, POINTS, REASON, NOTE} & {each for some in before.values() for each in some}, "sealed"
    table.erase(a_receipt("CUS1", later(record, days=30)))
    assert traces(folder, [*TRACES, 587.3301928374]) == {}
    assert not any(key in path.read_bytes() for path in folder.iterdir())
    assert [each.record for each in table.scan() if each.record.customer_id == "CUS1"] == [
        ErasedRecord.of(earlier),
        ErasedRecord.of(record),
    ]


def test_nothing_is_left_in_an_outbox_that_was_drained_after_the_erasure(
    table: SqlTable, outbox: SqliteOutbox, folder: Path
) -> None:
    table.save([Write(a_record("CUS1"))])
    (first, second), uses = (a_telling_record(), a_telling_record()), [KeyUse("a", "body"), KeyUse("b", "body")]
    outbox.put([Write(first, KeyClaim(uses[0], "token"))])
    outbox.put([Write(a_record("CUS2"))])
    outbox.put([Write(second, KeyClaim(uses[1], "token"))])
    assert traces(folder)["outbox.db-wal"] == [SCORE, INCOME, PD, POINTS, REASON]
    table.erase(a_receipt("CUS1", later(second)))
    assert Drainer(outbox, table).drain()
    assert traces(folder) == {}
    filed = [table.find(each.prediction_id) for each in (first, second)]
    assert [each and each.record for each in filed] == [ErasedRecord.of(first), ErasedRecord.of(second)]


def test_of_a_write_that_was_set_aside_an_erasure_leaves_the_decision(
    table: SqlTable, outbox: SqliteOutbox, folder: Path
) -> None:
    table.save([Write(a_record("CUS1"))])
    hopeless, other = a_telling_record(), a_telling_record("CUS2", 587.3301928374)
    outbox.put([Write(hopeless), Write(other)])
    outbox.settle(stored=[], refused=[], hopeless=outbox.oldest(2))
    drainer = Drainer(outbox, table, archive=table, erasure_seconds=0)
    assert drainer.drain()
    assert traces(folder)["outbox.db"] == TRACES[:-1], "nobody was erased"
    table.erase(a_receipt("CUS1", later(hopeless)))
    assert drainer.drain()
    assert drainer.drain()
    assert traces(folder, [SCORE]) == {}
    assert traces(folder, [587.3301928374])["outbox.db"], "the other customer's write is kept as it was"
    assert outbox.set_aside() == 2, "a person has to look at them still"
    assert len(outbox.set_aside_writes()) == 1
    (_, kept), _ = in_rows(folder / "outbox.db", "SELECT sequence, write FROM set_aside ORDER BY sequence")
    assert hopeless.prediction_id in str(kept)
    assert '"decision":"approve"' in str(kept)


def test_an_erasure_is_not_confirmed_while_the_log_cannot_be_emptied(table: SqlTable, folder: Path) -> None:
    record = a_telling_record()
    table.save([Write(record)])
    hasty = SqlTable(sqlite(folder / "credit.db", busy_seconds=0.01), deadline=30)
    reader = sqlite3.connect(folder / "credit.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM customers").fetchone()  # a tool of the bank that forgot to end
    first = a_receipt("CUS1", later(record), "first")
    with pytest.raises(TableUnavailable):
        hasty.erase(first)
    reader.close()
    assert hasty.erase(a_receipt("CUS1", later(record), "second")) == first
    assert traces(folder) == {}
    hasty.close()
