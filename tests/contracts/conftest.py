"""The stores that the contract suites run on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.tables import TABLES, Store
from tests.fakes.aws import aws_server
from tests.fakes.postgres import postgres

__all__ = ["postgres", "store"]


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    with aws_server() as endpoint:
        yield endpoint


@pytest.fixture(params=TABLES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with TABLES[request.param](request) as made:
        yield made
