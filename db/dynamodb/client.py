"""The one DynamoDB client of a process."""

from __future__ import annotations

import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import boto3
import orjson
from botocore.config import Config
from botocore.exceptions import ChecksumError
from botocore.parsers import ResponseParserError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def dynamodb_client(
    region: str,
    endpoint_url: str | None = None,
    *,
    connect_seconds: float = 0.3,
    read_seconds: float = 0.5,
    connections: int = 32,
) -> DynamoDBClient:
    """A client for all threads of this process; creating one costs about 0.1 s.

    `connections`: as many as threads use it at once, those of DynamoTable included. It never retries: DynamoTable does,
    within its budget. Its parameters come from our own code only, so they are not checked: that halves the CPU of a
    transaction (0.85 to 0.36 ms).
    """
    config = Config(
        connect_timeout=connect_seconds,
        read_timeout=read_seconds,
        max_pool_connections=connections,
        retries={"total_max_attempts": 1, "mode": "standard"},
        parameter_validation=False,
        tcp_keepalive=True,
    )
    client = boto3.session.Session().client("dynamodb", region_name=region, endpoint_url=endpoint_url, config=config)
    client.meta.events.register("before-parse.dynamodb", _whole)
    return client


def _whole(response_dict: dict[str, Any], **_: object) -> None:
    """Raise ChecksumError for an answer that was cut or damaged, ResponseParserError for one that is not DynamoDB's.

    botocore reads JSON that does not parse as an answer without fields: a customer would look absent.
    """
    headers, body = response_dict["headers"], response_dict["body"]
    length, checksum = headers.get("content-length"), headers.get("x-amz-crc32")
    if length is not None and int(length) != len(body):
        raise ChecksumError(checksum_type="length", expected_checksum=length, actual_checksum=str(len(body)))
    if checksum is not None and int(checksum) != (actual := zlib.crc32(body)):
        raise ChecksumError(checksum_type="crc32", expected_checksum=checksum, actual_checksum=str(actual))
    if response_dict["status_code"] == HTTPStatus.OK and not _is_object(body):
        raise ResponseParserError("the answer is not a JSON object")


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(orjson.loads(body), dict)
    except orjson.JSONDecodeError:
        return False
