"""One pair of tables on moto's server, reached directly and through a proxy that spoils requests."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from db.dynamodb.table import DynamoTable
from routing.ports import HistoryQuery
from scoring.record import AnyRecord
from tests.fakes.aws import aws_endpoint, checked_dynamodb_client, service_dynamodb_client
from tests.fakes.faulty_proxy import FaultyProxy, faulty_proxy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["NAME", "Aws", "aws", "aws_endpoint", "customer_id"]

NAME = "customers"
HISTORY = f"{NAME}-history"


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


def history(aws: Aws, customer_id: str) -> list[AnyRecord]:
    return list(aws.direct.history(HistoryQuery(customer_id, 200)))


def seal_of(aws: Aws, customer_id: str) -> bytes | None:
    return aws.direct.look_up([customer_id])[customer_id].seal


def items(aws: Aws, customer_id: str) -> list[dict[str, Any]]:
    """What the history table holds in a customer's partition, as another program sees it."""
    found = aws.bank.query(
        TableName=HISTORY,
        KeyConditionExpression="customer_id = :customer",
        ExpressionAttributeValues={":customer": {"S": customer_id}},
    )
    return [dict(item) for item in found["Items"]]


def custody_key(customer_id: str) -> dict[str, Any]:
    """Where the history table holds a customer's key."""
    return {"customer_id": {"S": f"\tcustomer\t{customer_id}"}, "prediction_key": {"S": "key"}}


def pointer_key(prediction_id: str) -> dict[str, Any]:
    """Where the history table says where a prediction's record is."""
    return {"customer_id": {"S": f"\tprediction\t{prediction_id}"}, "prediction_key": {"S": "key"}}


def interrupted(endpoint: str, do: Callable[[], object], before: int = 1) -> DynamoTable:
    """A table of another worker, to which `do` happens right before the attempt at a transaction of that number."""
    client = service_dynamodb_client.__wrapped__(endpoint)
    attempts = count(1)

    def at_that_attempt(**_: object) -> None:
        if next(attempts) == before:
            do()

    client.meta.events.register("before-call.dynamodb.TransactWriteItems", at_that_attempt)
    return DynamoTable(client, NAME, budget_seconds=30)


def forget(aws: Aws, item: dict[str, Any], prediction_id: str) -> None:
    """Take a damaged record, and what points to it, out of the table that all tests share."""
    aws.bank.delete_item(TableName=HISTORY, Key={name: item[name] for name in ("customer_id", "prediction_key")})
    aws.bank.delete_item(TableName=HISTORY, Key=pointer_key(prediction_id))
