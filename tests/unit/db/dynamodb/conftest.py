"""One pair of tables on moto's server, reached directly and through a proxy that spoils requests."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from db.dynamodb.table import DynamoTable
from tests.fakes.aws import aws_endpoint, checked_dynamodb_client, service_dynamodb_client
from tests.fakes.faulty_proxy import FaultyProxy, faulty_proxy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["NAME", "Aws", "aws", "aws_endpoint", "customer_id"]

NAME = "customers"


@dataclass
class Aws:
    """`bank` is another program's client; `direct` is the service's table.

    `spoiled` and `impatient`, which gives up early, are the same through `proxy`.
    """

    bank: DynamoDBClient
    direct: DynamoTable
    spoiled: DynamoTable
    impatient: DynamoTable
    proxy: FaultyProxy


@pytest.fixture(scope="session")
def _aws(aws_endpoint: str) -> Iterator[Aws]:
    with faulty_proxy(aws_endpoint) as proxy:
        direct = DynamoTable(service_dynamodb_client(aws_endpoint), NAME, budget_seconds=30, batch_seconds=60)
        direct.create()
        client = service_dynamodb_client(proxy.url, read_seconds=0.5)
        spoiled = DynamoTable(client, NAME, budget_seconds=30)
        impatient = DynamoTable(client, NAME, budget_seconds=0.1)
        yield Aws(checked_dynamodb_client(aws_endpoint), direct, spoiled, impatient, proxy)


@pytest.fixture
def aws(_aws: Aws) -> Iterator[Aws]:
    _aws.proxy.seen.clear()
    yield _aws
    _aws.proxy.heal()


@pytest.fixture
def customer_id() -> str:
    """A customer of one test's own."""
    return f"CUS{uuid.uuid4()}"
