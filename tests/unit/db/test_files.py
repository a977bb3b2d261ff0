"""Private files and locks between processes."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from db.files import connect, empty_log, exclusive, make_private


def test_a_file_is_made_for_its_owner_alone_and_only_once(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    make_private(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("kept")
    make_private(path)
    assert path.read_text() == "kept"


def test_a_database_that_is_not_there_is_not_made_by_opening_it(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        connect(tmp_path / "absent.db", 0.1)
    assert not list(tmp_path.iterdir())


def test_any_path_can_hold_a_database(tmp_path: Path) -> None:
    path = tmp_path / "50% off? #1 ü" / "file.db"
    make_private(path)
    connection = connect(path, 0.1)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "2 is FULL"
    connection.close()
    assert (path.parent / "file.db").exists()


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    lock, gate, inside, most = tmp_path / "lock", threading.Barrier(4), [0], []

    def enter() -> None:
        gate.wait()
        for _ in range(20):
            with exclusive(lock):
                inside[0] += 1
                most.append(inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 80


def test_a_lock_that_another_holds_need_not_be_waited_for(tmp_path: Path) -> None:
    with exclusive(tmp_path / "lock", wait=False) as mine:
        with exclusive(tmp_path / "lock", wait=False) as also_mine:
            assert (mine, also_mine) == (True, False)
        with exclusive(tmp_path / "lock", wait=False) as still_taken:
            assert not still_taken
    with exclusive(tmp_path / "lock", wait=False) as free_again:
        assert free_again


def test_what_is_deleted_is_overwritten_and_an_emptied_log_holds_nothing_of_it(tmp_path: Path) -> None:
    path, secret = tmp_path / "file.db", b"a secret of 40 bytes, written only once."
    make_private(path)
    connection = connect(path, 30)
    connection.execute("CREATE TABLE kept (key BLOB)")
    connection.execute("INSERT INTO kept VALUES (?)", (secret,))
    connection.execute("UPDATE kept SET key = NULL")
    log = tmp_path / "file.db-wal"
    assert secret in log.read_bytes(), "the log keeps what a page was before"
    empty_log(connection)
    assert log.stat().st_size == 0
    assert secret not in path.read_bytes()
    connection.close()


def test_a_log_that_is_being_read_is_not_said_to_be_empty(tmp_path: Path) -> None:
    path = tmp_path / "file.db"
    make_private(path)
    connection, reader = connect(path, 0.01), connect(path, 0.01)
    connection.execute("CREATE TABLE kept (key BLOB)")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM kept").fetchone()
    connection.execute("INSERT INTO kept VALUES (1)")
    with pytest.raises(sqlite3.OperationalError):
        empty_log(connection)
    reader.execute("COMMIT")
    empty_log(connection)
    connection.close()
    reader.close()
