"""The stores that the contract suites run on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.tables import TABLES, Store
from tests.fakes.aws import aws_server
from tests.fakes.postgres import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    with aws_server() as endpoint:
        yield endpoint


@pytest.fixture(params=TABLES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with TABLES[request.param](request) as made:
        yield made
