"""The stores that the contract suites run on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.tables import TABLES, Store
from tests.fakes.aws import aws_endpoint
from tests.fakes.postgres import postgres

__all__ = ["aws_endpoint", "postgres", "store"]


@pytest.fixture(params=TABLES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with TABLES[request.param](request) as made:
        yield made
