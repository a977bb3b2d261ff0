"""What every outbox promises, and what the durable one promises beyond that."""

from __future__ import annotations

import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from db.items import load_write
from db.outbox import SqliteOutbox
from routing.ports import KeyClaim, KeyUse, Outbox, Write
from scoring.errors import OutboxUnavailable
from tests.fakes.outbox import MemoryOutbox
from tests.fakes.records import a_record, an_explained_record

ROOT = Path(__file__).parents[2]


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[SqliteOutbox]:
    made = SqliteOutbox(tmp_path / "var" / "outbox.db", deadline=30)
    yield made
    made.close()


@pytest.fixture(params=["memory", "sqlite"])
def any_outbox(request: pytest.FixtureRequest) -> Outbox:
    made: Outbox = MemoryOutbox() if request.param == "memory" else request.getfixturevalue("outbox")
    return made


@pytest.fixture(params=["memory", "sqlite"])
def broken_outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Outbox:
    (tmp_path / "file").touch()
    return MemoryOutbox(full=True) if request.param == "memory" else SqliteOutbox(tmp_path / "file" / "outbox.db")


def held(outbox: SqliteOutbox) -> list[Write]:
    return [load_write(each.text) for each in outbox.oldest(1000)]


def test_an_outbox_counts_what_waits(any_outbox: Outbox) -> None:
    assert any_outbox.waiting() == 0
    any_outbox.put([Write(a_record()), Write(a_record())])
    any_outbox.put([Write(a_record())])
    any_outbox.put([])
    assert any_outbox.waiting() == 3


def test_a_waiting_write_is_found_by_its_key(any_outbox: Outbox) -> None:
    keyed = [Write(a_record(), KeyClaim(KeyUse(key, "body"), "token")) for key in ("a", "b")]
    assert any_outbox.held(["a"]) == {}
    any_outbox.put([Write(a_record()), *keyed])
    assert any_outbox.held(["a", "c", "b"]) == {"a": keyed[0], "b": keyed[1]}
    assert any_outbox.held([]) == {}


def test_an_outbox_that_cannot_hold_a_write_says_so(broken_outbox: Outbox) -> None:
    with pytest.raises(OutboxUnavailable) as failure:
        broken_outbox.put([Write(a_record())])
    assert failure.value.detail == "The local outbox cannot be written."


def test_writes_wait_in_the_order_they_came_exactly_as_they_were(outbox: SqliteOutbox, tmp_path: Path) -> None:
    claim = KeyClaim(KeyUse("key", "body"), "token")
    writes = [Write(an_explained_record(), claim), Write(a_record("💶 'id\""))]
    for write in writes:
        outbox.put([write])
    another_worker = SqliteOutbox(tmp_path / "var" / "outbox.db")
    assert held(another_worker) == writes
    another_worker.close()


def test_writes_put_by_many_threads_at_once_all_wait(outbox: SqliteOutbox) -> None:
    records = [a_record() for _ in range(100)]
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda record: outbox.put([Write(record)]), records))
    assert {write.record.prediction_id for write in held(outbox)} == {record.prediction_id for record in records}
    assert outbox.waiting() == 100


def test_only_its_owner_can_read_the_files(outbox: SqliteOutbox, tmp_path: Path) -> None:
    outbox.put([Write(a_record())])
    files = list((tmp_path / "var").iterdir())
    assert {file.name for file in files} >= {"outbox.db", "outbox.db-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_every_commit_is_synced_to_the_disk(outbox: SqliteOutbox) -> None:
    outbox.put([Write(a_record())])
    assert outbox._writer is not None
    assert outbox._writer.execute("PRAGMA synchronous").fetchone() == (2,), "2 is FULL"


def test_a_damaged_file_is_unavailable_not_empty(outbox: SqliteOutbox, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "outbox.db").write_bytes(b"this is not a database, whatever its name says" * 100)
    with pytest.raises(OutboxUnavailable):
        outbox.waiting()
    with pytest.raises(OutboxUnavailable):
        outbox.put([Write(a_record())])


PUTTING = """
import sys
from pathlib import Path
from db.outbox import SqliteOutbox
from routing.ports import Write
from scoring.errors import OutboxUnavailable
from tests.fakes.records import a_record

outbox = SqliteOutbox(Path(sys.argv[1]), deadline=30)
try:
    for _ in range(100_000):
        record = a_record()
        outbox.put([Write(record)])
        print(record.prediction_id, flush=True)
except OutboxUnavailable as error:
    print(error.detail, flush=True)
"""


def putting(path: Path, before: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    """A process that puts for as long as it can, and prints the prediction ids that it was told are held."""
    command = [sys.executable, "-c", PUTTING, str(path)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, preexec_fn=before)


def test_a_killed_process_loses_nothing_that_it_was_told_is_held(outbox: SqliteOutbox, tmp_path: Path) -> None:
    with putting(tmp_path / "var" / "outbox.db") as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(50)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
    ids = [write.record.prediction_id for write in held(outbox)]
    assert set(ids) >= {line.strip() for line in told if line.endswith("\n")}
    assert len(ids) == len(set(ids))


def test_a_full_disk_refuses_the_write_and_keeps_the_others(outbox: SqliteOutbox, tmp_path: Path) -> None:
    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    with putting(tmp_path / "var" / "outbox.db", before=no_room) as process:
        assert process.stdout is not None
        *told, last = process.stdout.read().splitlines()
    assert last == "The local outbox cannot be written."
    assert [write.record.prediction_id for write in held(outbox)][: len(told)] == told
    outbox.put([Write(a_record())])
    assert outbox.waiting() > len(told) > 0


def test_nothing_is_opened_before_the_first_use(tmp_path: Path) -> None:
    SqliteOutbox(tmp_path / "var" / "outbox.db")
    assert not list(tmp_path.iterdir())
