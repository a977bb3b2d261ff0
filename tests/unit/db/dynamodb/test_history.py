"""Histories that are larger or other than usual."""

from __future__ import annotations

import random
import zlib
from typing import Any

import orjson
import pytest

from db.dynamodb import scanning
from db.dynamodb.records import RECORD
from routing.archive import Filed
from routing.ports import HistoryQuery, KeyUse, Write
from scoring.errors import TableUnavailable
from tests.fakes.records import a_receipt, a_record, an_event, later
from tests.unit.db.dynamodb.conftest import HISTORY, NAME, Aws, forget, items, pointer_key


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
    key: dict[str, Any] = {
        "customer_id": {"S": customer_id},
        "prediction_key": {"S": "2025-11-08T10:30:00.000000Z#pred_1"},
    }
    aws.bank.put_item(TableName=f"{NAME}-history", Item={**key, RECORD: {"B": damaged}})
    with pytest.raises(TableUnavailable, match="cannot be read"):
        aws.direct.history(HistoryQuery(customer_id, 20))
    forget(aws, key, "pred_1")


def test_a_record_of_a_later_format_is_told(aws: Aws, customer_id: str) -> None:
    key: dict[str, Any] = {
        "customer_id": {"S": customer_id},
        "prediction_key": {"S": "2025-11-08T10:30:00.000000Z#pred_1"},
    }
    later = zlib.compress(orjson.dumps({**a_record(customer_id).values(), "format": 99}))
    aws.bank.put_item(TableName=f"{NAME}-history", Item={**key, RECORD: {"B": later}})
    with pytest.raises(TableUnavailable, match="cannot be read"):
        aws.direct.history(HistoryQuery(customer_id, 20))
    forget(aws, key, "pred_1")


SEALED = ("sealed_record", {"B": b"no seal"}), ("sealed_record", {"B": b""}), ("skeleton", {"S": "{"})


@pytest.mark.parametrize(("name", "damaged"), SEALED, ids=str)
def test_a_damaged_item_is_told_and_never_left_out(
    aws: Aws, customer_id: str, name: str, damaged: dict[str, Any]
) -> None:
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    if name == "skeleton":
        aws.direct.erase(a_receipt(customer_id, later(record)))
    (item,) = items(aws, customer_id)
    aws.bank.put_item(TableName=HISTORY, Item={**item, name: damaged})
    for use in (
        lambda: aws.direct.history(HistoryQuery(customer_id, 20)),
        lambda: aws.direct.find(record.prediction_id),
        lambda: list(aws.direct.scan(record.scored_at, later(record, microseconds=1))),
    ):
        with pytest.raises(TableUnavailable, match="cannot be read"):
            use()
    forget(aws, item, record.prediction_id)


def test_a_record_that_stands_in_for_another_is_told(aws: Aws, customer_id: str) -> None:
    records = [a_record(customer_id) for _ in range(2)]
    aws.direct.save([Write(record) for record in records])
    first, second = items(aws, customer_id)
    aws.bank.put_item(TableName=HISTORY, Item={**second, "sealed_record": first["sealed_record"]})
    assert aws.direct.find(records[0].prediction_id) == Filed(records[0])
    with pytest.raises(TableUnavailable, match="cannot be read"):
        aws.direct.find(records[1].prediction_id)
    forget(aws, second, records[1].prediction_id)


def test_a_damaged_event_is_told_and_never_left_out(aws: Aws, customer_id: str) -> None:
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    aws.direct.add([an_event(record), an_event(record, key="other")])
    pointer = dict(aws.bank.get_item(TableName=HISTORY, Key=pointer_key(record.prediction_id))["Item"])
    names = [name for name in pointer if name.startswith("event ")]
    pointer |= {names[0]: pointer[names[1]]}
    aws.bank.put_item(TableName=HISTORY, Item=pointer)
    with pytest.raises(TableUnavailable, match="cannot be read"):
        aws.direct.find(record.prediction_id)
    forget(aws, items(aws, customer_id)[0], record.prediction_id)


def test_a_table_of_many_pages_is_scanned_whole(aws: Aws, customer_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "PAGE", 7)
    monkeypatch.setattr(scanning, "TOGETHER", 2)
    records = [a_record(f"{customer_id} {i % 5}") for i in range(20)]
    aws.direct.save([Write(record) for record in records])
    events = [an_event(record) for record in records[::2]]
    aws.direct.add(events)
    found = [each for each in aws.spoiled.scan() if each.record.customer_id.startswith(customer_id)]
    assert sorted(found, key=lambda each: each.record.scored_at) == [
        Filed(record, tuple(event for event in events if event.prediction_id == record.prediction_id))
        for record in records
    ]
    assert sum(".Scan" in each for each in aws.proxy.seen) > 8
