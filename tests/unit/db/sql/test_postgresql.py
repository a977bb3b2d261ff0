"""The PostgreSQL table beyond the port's promises: a server that hangs, restarts or cannot be reached."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import psycopg
import pytest

from db.sql.database import postgresql
from db.sql.table import SqlTable
from routing.ports import HistoryQuery, Write
from scoring.errors import TableUnavailable
from tests.fakes.postgres import PostgresServer
from tests.fakes.records import a_record


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.empty_database()


@pytest.fixture
def table(url: str) -> Iterator[SqlTable]:
    made = SqlTable(postgresql(url, connect_seconds=30, statement_seconds=30), deadline=30)
    made.create()
    yield made
    made.close()


def test_after_a_restart_of_the_server_the_first_use_succeeds(table: SqlTable, postgres: PostgresServer) -> None:
    before, after = a_record("CUS1"), a_record("CUS1")
    table.save([Write(before)])
    table.ping()
    postgres.stop()
    with pytest.raises(TableUnavailable):
        table.save([Write(after)])
    postgres.start()
    table.save([Write(after)])
    assert list(table.history(HistoryQuery("CUS1", 20))) == [after, before]


def test_connections_that_a_restart_cut_are_replaced_unseen(table: SqlTable, postgres: PostgresServer) -> None:
    table.save([Write(a_record("CUS2"))])
    table.ping()
    postgres.stop()
    postgres.start()
    assert table.look_up(["CUS2"])["CUS2"].existing
    table.save([Write(a_record("CUS2"))])


def test_a_statement_that_hangs_is_ended(table: SqlTable, url: str) -> None:
    hasty = SqlTable(postgresql(url, connect_seconds=30, statement_seconds=0.05), deadline=30)
    with psycopg.connect(url) as another_program:
        another_program.execute("LOCK TABLE customers")
        with pytest.raises(TableUnavailable):
            hasty.look_up(["CUS3"])
        with pytest.raises(TableUnavailable):
            hasty.save([Write(a_record("CUS3"))])
        another_program.rollback()
    hasty.close()
    assert not table.look_up(["CUS3"])["CUS3"].existing
    table.save([Write(a_record("CUS3"))])


def test_making_an_index_over_a_long_history_is_not_cut_short(url: str) -> None:
    database = postgresql(url, statement_seconds=0.05)
    with database.creating() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(0.2)")
    with database.reading() as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "50ms"
    database.close()


def test_a_host_that_does_not_answer_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        port = silent.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):  # takes the only place: the next handshake hangs
            table = SqlTable(postgresql(f"postgresql://user:PASSWORD@127.0.0.1:{port}/name", connect_seconds=0.05))
            with pytest.raises(TableUnavailable):
                table.ping()
    (record,) = caplog.records
    assert record.__dict__["cause"] == "TimeoutError"
    assert "PASSWORD" not in str(record.__dict__)


@pytest.mark.parametrize(
    "url", ["mysql://user:PASSWORD@host/database", "PASSWORD", "postgresql://user:PASSWORD@host:x/"]
)
def test_a_url_of_another_kind_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError, match="must read postgresql://") as refusal:
        postgresql(url)
    assert "PASSWORD" not in str(refusal.value)


def test_commits_wait_for_the_disk_whatever_the_server_is_set_to(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as operator:
        operator.execute("ALTER SYSTEM SET synchronous_commit = off")
        operator.execute("SELECT pg_reload_conf()")
        database = postgresql(url)
        with database.writing() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        database.close()
        operator.execute("ALTER SYSTEM RESET synchronous_commit")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_usual_spellings_of_the_scheme_work(url: str, scheme: str) -> None:
    table = SqlTable(postgresql(url.replace("postgresql", scheme, 1)))
    table.create()
    table.ping()
    table.close()
