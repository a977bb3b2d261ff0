"""S3 and DynamoDB on loopback: moto's server over HTTP, and clients for it. Nothing here reaches AWS."""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
import pytest
from botocore.config import Config
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.server import ThreadedMotoServer

from db.dynamodb.client import dynamodb_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

REGION = "eu-central-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "made-up",
    "AWS_SECRET_ACCESS_KEY": "made-up",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""What a process needs, beside AWS_DEFAULT_REGION and AWS_ENDPOINT_URL, to use the server."""

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@contextmanager
def aws_server() -> Iterator[str]:
    """The endpoint URL of a moto server on a free port. All servers of one process share their buckets and tables.

    Meanwhile this process's credentials are made-up ones.
    """
    _roll_back_by_item()
    server = _SerialServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        with patch.dict(os.environ, CREDENTIALS):
            yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    """One server for all tests below the conftest.py that imports this."""
    with aws_server() as endpoint:
        yield endpoint


@cache
def s3_client(endpoint: str) -> S3Client:
    """A client that checks its parameters and does not retry."""
    return boto3.client("s3", **_arguments(endpoint))


@cache
def checked_dynamodb_client(endpoint: str) -> DynamoDBClient:
    """A client that checks its parameters, as the service's own does not, and does not retry."""
    return boto3.client("dynamodb", **_arguments(endpoint))


@cache
def service_dynamodb_client(endpoint: str, read_seconds: float = 10.0) -> DynamoDBClient:
    """A client as the service makes it, patient on a busy machine unless a test wants it to give up."""
    return dynamodb_client(REGION, endpoint, connect_seconds=1.0, read_seconds=read_seconds)


def _arguments(endpoint: str) -> dict[str, Any]:
    return {
        "endpoint_url": endpoint,
        "region_name": REGION,
        "config": Config(connect_timeout=1, read_timeout=10, retries={"total_max_attempts": 1}),
    }


class _SerialServer(ThreadedMotoServer):
    """One request at a time: moto's transactions are not isolated from each other, DynamoDB's are."""

    def start(self) -> None:
        super().start()
        assert self._server is not None
        self._server.app = _one_at_a_time(self._server.app)


def _one_at_a_time(app: WsgiApp) -> WsgiApp:
    lock = threading.Lock()

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with lock:
            return list(app(environ, start_response))

    return answer


@cache
def _roll_back_by_item() -> None:
    """Make moto's transactions keep the items that it touches, for a roll-back.

    As it comes, moto copies every touched table once for each action: 0.4 s at 3,000 items.
    """
    whole = DynamoDBBackend.transact_write_items

    def transact(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        kept = [_kept(self, *action) for each in transact_items for action in each.items()]
        try:
            whole(self, transact_items)
        except Exception:
            for restore in kept:
                restore()
            raise

    setattr(Table, "__deepcopy__", lambda self, _memo: self)  # noqa: B010  # it has none of its own
    setattr(DynamoDBBackend, "transact_write_items", transact)  # noqa: B010


def _kept(backend: DynamoDBBackend, kind: str, action: dict[str, Any]) -> Callable[[], None]:
    table = backend.get_table(action["TableName"])
    given = action["Item"] if kind == "Put" else action["Key"]
    key = {name: given[name] for name in (table.hash_key_attr, table.range_key_attr) if name}
    before = copy.deepcopy(backend.get_item(table.name, key))

    def restore() -> None:
        backend.delete_item(table.name, key, None, None, None)
        if before is not None:
            table.put_item(before.to_json()["Attributes"])

    return restore
