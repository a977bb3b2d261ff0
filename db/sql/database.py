"""The few differences between SQLite and PostgreSQL."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Engine, NullPool, Select, create_engine, event, func, make_url, select, text
from sqlalchemy import Insert as SqlInsert
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import ArgumentError

from db.files import connect, empty_log, exclusive, make_private
from db.items import dump
from db.sql.prepared import Quick, Values

Insert = Callable[..., postgresql_dialect.Insert] | Callable[..., sqlite_dialect.Insert]
Writing = Callable[[Connection, SqlInsert, Sequence[Values]], int]

CREATING = 0x63726564
"""The advisory lock that stands for making the tables ("cred")."""


@dataclass(frozen=True, slots=True)
class Database:
    """Where the tables are. Building one connects to nothing.

    `reading`: a connection whose statements commit by themselves. `writing`: a transaction, for one thread of the
    process. `creating`: a connection on which tables may be made, by one process at a time, also before a fork.
    `find` is a SELECT on a connection of `reading`, `write` an INSERT of rows on one of `writing`, which answers how
    many it stored or changed: quicker than SQLAlchemy where that takes long, for statements that every request needs.
    `scrub`: leave no copy of what was overwritten where this process can reach it.
    """

    insert: Insert
    reading: Callable[[], AbstractContextManager[Connection]]
    writing: Callable[[], AbstractContextManager[Connection]]
    find: Callable[[Select[Any], Values], Sequence[Mapping[Any, Any]]]
    write: Writing
    creating: Callable[[], AbstractContextManager[Connection]]
    scrub: Callable[[], None]
    close: Callable[[], None]


def sqlite(path: Path, *, busy_seconds: float = 1.0) -> Database:
    """A SQLite file, shared by the processes of one machine.

    `busy_seconds`: patience with a writer that does not take the lock beside the file, such as a tool of the bank.
    """

    def engine(**options: Any) -> Engine:
        return _engine("sqlite://", creator=lambda: connect(path, busy_seconds), **options)

    unpooled = engine(poolclass=NullPool)
    lock, own, quick = path.with_name(f"{path.name}.lock"), _OfThread(unpooled), Quick(unpooled.dialect)

    @contextmanager
    def writing() -> Iterator[Connection]:
        # SQLite's own wait polls and is unfair: with two processes a commit could wait 300 ms
        with exclusive(lock), own.reading() as connection:
            # begun and committed without SQLAlchemy's 40 microseconds
            file = _driver(connection)
            file.execute("BEGIN IMMEDIATE")
            yield connection
            file.execute("COMMIT")  # what fails closes the connection, and so rolls back

    def find(statement: Select[Any], values: Values) -> Sequence[Mapping[Any, Any]]:
        with own.reading() as connection:
            return quick.find(_driver(connection), statement, values)

    def write_quickly(connection: Connection, statement: SqlInsert, rows: Sequence[Values]) -> int:
        return quick.write(_driver(connection), statement, rows)

    @contextmanager
    def creating() -> Iterator[Connection]:
        make_private(path)
        with exclusive(lock), unpooled.begin() as connection:
            yield connection

    def scrub() -> None:
        with exclusive(lock), own.reading() as connection:
            empty_log(_driver(connection))

    return Database(sqlite_dialect.insert, own.reading, writing, find, write_quickly, creating, scrub, own.forget)


def write(connection: Connection, statement: SqlInsert, rows: Sequence[Values]) -> int:
    """Insert rows by way of SQLAlchemy; how many were stored or changed, if the statement asks for that."""
    return connection.execute(statement, rows).rowcount


class _OfThread(threading.local):
    """A connection of the thread's own, which saves the pool's 20 microseconds of each look-up."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            yield self._connection
        except BaseException:
            self.forget()
            raise

    def forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def postgresql(url: str, *, readers: int = 8, connect_seconds: float = 0.5, statement_seconds: float = 1.0) -> Database:
    """A PostgreSQL server. ValueError (which does not show the URL) if `url` is not one of PostgreSQL.

    At most `readers` + 1 connections per process. A statement ends after `statement_seconds`, and so does the wait for
    a free connection or for a server that fell silent.
    """
    address, milliseconds = _address(url), str(int(statement_seconds * 1000))
    arguments = {
        "connect_timeout": "2",  # the least that libpq knows; `_reach` is stricter
        "tcp_user_timeout": milliseconds,
        "options": f"-c statement_timeout={milliseconds} -c synchronous_commit=on",
        "application_name": "flask-credit-api",
    }

    def engine(**options: Any) -> Engine:
        made = _engine(address, connect_args=arguments, **options)
        event.listen(made, "do_connect", lambda _dialect, _record, _args, known: _reach(known, connect_seconds))
        return made

    pool = {"pool_timeout": statement_seconds, "max_overflow": 0}
    reader = engine(pool_size=readers, isolation_level="AUTOCOMMIT", **pool)
    writer = engine(pool_size=1, **pool)

    @contextmanager
    def creating() -> Iterator[Connection]:
        with engine(poolclass=NullPool).begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(CREATING)))
            connection.execute(text("SET LOCAL statement_timeout = 0"))  # an index over years of history takes its time
            yield connection

    def scrub() -> None:
        """Nothing: what an update replaced is vacuum's business, which the server sees to (ADR 14)."""

    def find(statement: Select[Any], values: Values) -> Sequence[Mapping[Any, Any]]:
        with reader.connect() as connection:
            return connection.execute(statement, values).mappings().all()

    def close() -> None:
        reader.dispose()
        writer.dispose()

    return Database(postgresql_dialect.insert, reader.connect, writer.begin, find, write, creating, scrub, close)


def _engine(url: str | URL, **options: Any) -> Engine:
    return create_engine(url, hide_parameters=True, json_serializer=dump, json_deserializer=_load, **options)


def _load(text: Any) -> Any:
    """JSON as values; what is not JSON (a bank's tool may write anything) as it is."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _address(url: str) -> URL:
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.get_backend_name() != "postgresql":
        raise ValueError("the database URL must read postgresql://user:password@host:port/database")
    return parsed.set(drivername="postgresql+psycopg")


def _reach(parameters: Mapping[str, Any], seconds: float) -> None:
    """Give a host that swallows packets up early. OSError."""
    host = str(parameters.get("host", ""))
    if host and not host.startswith("/") and "," not in host:
        socket.create_connection((host, int(parameters.get("port", 5432))), seconds).close()
