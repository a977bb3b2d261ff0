"""A process that is killed loses nothing that it answered, and doubles nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from db.sql.database import postgresql, sqlite
from db.sql.table import SqlTable
from routing.ports import HistoryQuery
from scoring.record import AnyRecord

ROOT = Path(__file__).parents[4]
SAVING = """
import sys, threading
from pathlib import Path
from db.sql.database import postgresql, sqlite
from db.sql.table import SqlTable
from routing.ports import Write
from tests.fakes.records import a_record

where = sys.argv[1]
table = SqlTable(postgresql(where, statement_seconds=30) if "://" in where else sqlite(Path(where)), deadline=30)

def save(customer_id):
    while True:
        record = a_record(customer_id)
        table.save([Write(record)])
        sys.stdout.write(record.prediction_id + "\\n")
        sys.stdout.flush()

for i in range(4):
    threading.Thread(target=save, args=(f"CUS{i}",)).start()
"""


@pytest.mark.parametrize("system", ["sqlite", "postgresql"])
def test_a_killed_worker_loses_no_answered_record_and_doubles_none(
    request: pytest.FixtureRequest, tmp_path: Path, system: str
) -> None:
    where = str(tmp_path / "credit.db") if system == "sqlite" else request.getfixturevalue("postgres").empty_database()
    table = SqlTable(postgresql(where, statement_seconds=30) if "://" in where else sqlite(Path(where)))
    table.create()
    command = [sys.executable, "-c", SAVING, where]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        answered = [worker.stdout.readline() for _ in range(200)]
        worker.send_signal(signal.SIGKILL)
        answered += worker.stdout.readlines()
    stored = Counter(record.prediction_id for i in range(4) for record in whole_history(table, f"CUS{i}"))
    table.close()
    assert stored.keys() >= {line.strip() for line in answered if line.endswith("\n")}
    assert set(stored.values()) == {1}


def whole_history(table: SqlTable, customer_id: str) -> list[AnyRecord]:
    seen: list[AnyRecord] = []
    while page := table.history(
        HistoryQuery(customer_id, 200, before=(seen[-1].scored_at, seen[-1].prediction_id) if seen else None)
    ):
        seen += page
    return seen
