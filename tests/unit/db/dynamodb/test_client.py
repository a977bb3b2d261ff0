"""The DynamoDB client of a process."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ChecksumError
from botocore.parsers import ResponseParserError

from db.dynamodb.client import dynamodb_client
from tests.fakes.aws import REGION, service_dynamodb_client
from tests.fakes.faulty_proxy import Answer
from tests.unit.db.dynamodb.conftest import NAME, Aws


def test_the_client_gives_up_soon_and_leaves_retries_to_the_table(aws_endpoint: str) -> None:
    config: Any = dynamodb_client(REGION, aws_endpoint).meta.config
    assert (config.connect_timeout, config.read_timeout) == (0.3, 0.5)
    assert config.max_pool_connections == 32
    assert config.retries == {"total_max_attempts": 1, "mode": "standard"}


def test_the_endpoint_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert dynamodb_client(REGION).meta.endpoint_url == "http://127.0.0.1:9"


def test_an_answer_that_was_cut_is_not_an_empty_one(aws: Aws) -> None:
    client = service_dynamodb_client(aws.proxy.url, read_seconds=0.5)
    aws.proxy.fail("cut answer")
    with pytest.raises(ChecksumError, match="length"):
        client.get_item(TableName=NAME, Key={"customer_id": {"S": "nobody"}})


def test_an_answer_that_was_damaged_is_not_an_empty_one(aws: Aws) -> None:
    client = service_dynamodb_client(aws.proxy.url, read_seconds=0.5)
    aws.proxy.fail(Answer(200, b"{}", (("x-amz-crc32", "1"),)))
    with pytest.raises(ChecksumError, match="crc32"):
        client.get_item(TableName=NAME, Key={"customer_id": {"S": "nobody"}})
    aws.proxy.fail(Answer(200, b"{}", (("x-amz-crc32", "2745614147"),)))
    assert "Item" not in client.get_item(TableName=NAME, Key={"customer_id": {"S": "nobody"}})


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b"[]", b"{", b"null"])
def test_an_answer_that_is_not_dynamodbs_is_not_an_empty_one(aws: Aws, body: bytes) -> None:
    client = service_dynamodb_client(aws.proxy.url, read_seconds=0.5)
    aws.proxy.fail(Answer(200, body))
    with pytest.raises(ResponseParserError):
        client.get_item(TableName=NAME, Key={"customer_id": {"S": "nobody"}})
