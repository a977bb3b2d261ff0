"""Histories that are larger or other than usual."""

from __future__ import annotations

import random
import zlib

import orjson
import pytest

from db.dynamodb.records import RECORD
from routing.ports import HistoryQuery, KeyUse, Write
from scoring.errors import TableUnavailable
from tests.fakes.records import a_record
from tests.unit.db.dynamodb.conftest import NAME, Aws


def test_a_history_larger_than_one_answer_of_dynamodb_is_read_whole(aws: Aws, customer_id: str) -> None:
    numbers = random.Random(7)  # noqa: S311  # noise, which does not deflate
    inputs = {"xgboost": {str(i): numbers.random() for i in range(8000)}}
    records = [a_record(customer_id, inputs=inputs) for _ in range(12)]
    aws.direct.save([Write(record) for record in records])
    assert list(aws.spoiled.history(HistoryQuery(customer_id, 200))) == records[::-1]
    assert len(aws.proxy.seen) > 1


def test_idempotency_keys_are_in_no_ones_history(aws: Aws, customer_id: str) -> None:
    aws.direct.claim([KeyUse(customer_id, "body")])
    items = aws.bank.scan(TableName=f"{NAME}-history", FilterExpression="attribute_exists(expires_at)")["Items"]
    reserved = {item["customer_id"]["S"] for item in items}
    assert any(customer_id in each for each in reserved)
    assert all(each.startswith("\t") for each in reserved)
    assert [aws.direct.history(HistoryQuery(each, 20)) for each in (customer_id, *reserved)] == [[]] * (
        1 + len(reserved)
    )


@pytest.mark.parametrize("damaged", [b"", b"not deflated", zlib.compress(b"{"), zlib.compress(b"[]")])
def test_a_damaged_record_is_told_and_never_left_out(aws: Aws, customer_id: str, damaged: bytes) -> None:
    key = {"customer_id": {"S": customer_id}, "prediction_key": {"S": "2025-11-08T10:30:00.000000Z#pred_1"}}
    aws.bank.put_item(TableName=f"{NAME}-history", Item={**key, RECORD: {"B": damaged}})
    with pytest.raises(TableUnavailable, match="cannot be read"):
        aws.direct.history(HistoryQuery(customer_id, 20))


def test_a_record_of_a_later_format_is_told(aws: Aws, customer_id: str) -> None:
    key = {"customer_id": {"S": customer_id}, "prediction_key": {"S": "2025-11-08T10:30:00.000000Z#pred_1"}}
    later = zlib.compress(orjson.dumps({**a_record(customer_id).values(), "format": 99}))
    aws.bank.put_item(TableName=f"{NAME}-history", Item={**key, RECORD: {"B": later}})
    with pytest.raises(TableUnavailable, match="cannot be read"):
        aws.direct.history(HistoryQuery(customer_id, 20))
