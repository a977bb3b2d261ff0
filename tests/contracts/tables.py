"""Every implementation of CustomerTable and Archive behind one handle: to add one, a class and a line in TABLES."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import text

from db.dynamodb.table import DynamoTable
from db.sql.database import Database, postgresql, sqlite
from db.sql.schema import metadata
from db.sql.table import SqlTable
from routing.archive import Archive
from routing.ports import CustomerTable
from tests.fakes.aws import checked_dynamodb_client, service_dynamodb_client
from tests.fakes.postgres import PostgresServer
from tests.fakes.table import MemoryTable

CLAIM_SECONDS = 60.0
KEY_SECONDS = 86_400.0
PATIENCE = 30.0
"""Seconds: time-outs are no part of these suites, and a busy machine must not fail them."""


class Table(CustomerTable, Archive, Protocol):
    """Both ports: one class implements them on the same tables."""


class Store(Protocol):
    """A fresh, empty store, its tables made."""

    def table(self, now: Callable[[], float] = time.time) -> Table:
        """Another worker's view of the store, with CLAIM_SECONDS, KEY_SECONDS and the clock `now` (Unix seconds)."""

    def bank_puts(self, customer_id: str, branch: str | None = None) -> None:
        """A customer as the bank puts it there: the id, and an attribute "branch" that the service does not know."""

    def branch_of(self, customer_id: str) -> str | None:
        """The bank's attribute, as it is now."""

    def break_down(self) -> None:
        """From now on every use of the store fails."""


class MemoryStore:
    """The fake. All workers share one object."""

    def __init__(self) -> None:
        self._table = MemoryTable(claim_seconds=CLAIM_SECONDS, key_seconds=KEY_SECONDS)

    def table(self, now: Callable[[], float] = time.time) -> Table:
        self._table.now = now
        return self._table

    def bank_puts(self, customer_id: str, branch: str | None = None) -> None:
        self._table.customers[customer_id] = {"branch": branch}

    def branch_of(self, customer_id: str) -> str | None:
        branch: str | None = self._table.customers[customer_id].get("branch")
        return branch

    def break_down(self) -> None:
        self._table.unreadable = self._table.unwritable = True


class SqlStore:
    """A SQL database whose customers table the bank gave another column."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database, self._tables = database, list[SqlTable]()
        self._sql = database().creating
        SqlTable(database()).create()
        self._execute("ALTER TABLE customers ADD COLUMN branch TEXT")

    def table(self, now: Callable[[], float] = time.time) -> Table:
        made = SqlTable(
            self._database(), claim_seconds=CLAIM_SECONDS, key_seconds=KEY_SECONDS, deadline=PATIENCE, now=now
        )
        self._tables.append(made)
        return made

    def bank_puts(self, customer_id: str, branch: str | None = None) -> None:
        self._execute(
            "INSERT INTO customers (customer_id, branch) VALUES (:id, :branch)", id=customer_id, branch=branch
        )

    def branch_of(self, customer_id: str) -> str | None:
        with self._sql() as connection:
            branch: str | None = connection.scalar(
                text("SELECT branch FROM customers WHERE customer_id = :id"), {"id": customer_id}
            )
            return branch

    def break_down(self) -> None:
        for table in metadata.tables:
            self._execute(f"DROP TABLE {table}")

    def close(self) -> None:
        for table in self._tables:
            table.close()

    def _execute(self, sql: str, **values: Any) -> None:
        with self._sql() as connection:
            connection.execute(text(sql), values)


class DynamoStore:
    """Two DynamoDB tables of their own on moto's server."""

    def __init__(self, endpoint: str) -> None:
        self._name = f"customers-{uuid.uuid4()}"
        self._bank = checked_dynamodb_client(endpoint)
        self._client = service_dynamodb_client(endpoint)
        self._tables = list[DynamoTable]()
        DynamoTable(self._client, self._name).create()

    def table(self, now: Callable[[], float] = time.time) -> Table:
        made = DynamoTable(
            self._client,
            self._name,
            claim_seconds=CLAIM_SECONDS,
            key_seconds=KEY_SECONDS,
            budget_seconds=PATIENCE,
            batch_seconds=PATIENCE,
            now=now,
        )
        self._tables.append(made)
        return made

    def bank_puts(self, customer_id: str, branch: str | None = None) -> None:
        item = {"customer_id": customer_id} | ({"branch": branch} if branch else {})
        self._bank.put_item(TableName=self._name, Item={name: {"S": value} for name, value in item.items()})

    def branch_of(self, customer_id: str) -> str | None:
        item = self._bank.get_item(TableName=self._name, Key={"customer_id": {"S": customer_id}})["Item"]
        return item["branch"]["S"] if "branch" in item else None

    def break_down(self) -> None:
        self.drop()

    def close(self) -> None:
        for table in self._tables:
            table.close()
        self.drop()

    def drop(self) -> None:
        made = self._bank.list_tables()["TableNames"]
        for table in (self._name, f"{self._name}-history"):
            if table in made:
                self._bank.delete_table(TableName=table)


@contextmanager
def memory(_: pytest.FixtureRequest) -> Iterator[Store]:
    yield MemoryStore()


@contextmanager
def sqlite_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    folder: Path = request.getfixturevalue("tmp_path")
    store = SqlStore(lambda: sqlite(folder / "credit.db", busy_seconds=PATIENCE))
    yield store
    store.close()


@contextmanager
def postgresql_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.empty_database()
    store = SqlStore(lambda: postgresql(url, connect_seconds=PATIENCE, statement_seconds=PATIENCE))
    yield store
    store.close()


@contextmanager
def dynamodb_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    store = DynamoStore(request.getfixturevalue("aws_endpoint"))
    yield store
    store.close()


TABLES: dict[str, Callable[[pytest.FixtureRequest], AbstractContextManager[Store]]] = {
    "memory": memory,
    "sqlite": sqlite_store,
    "postgresql": postgresql_store,
    "dynamodb": dynamodb_store,
}
