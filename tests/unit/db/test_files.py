"""Private files and locks between processes."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from db.files import connect, exclusive, make_private


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
