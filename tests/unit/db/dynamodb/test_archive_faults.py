"""What may go wrong around events, erasures and holds, and while predictions are found again."""

from __future__ import annotations

import json

import pytest

from routing.archive import Dossier, Filed, Hold, OnHold
from routing.ports import HistoryQuery, Standing, Write
from scoring.errors import TableUnavailable
from scoring.record import ErasedRecord
from tests.fakes.faulty_proxy import Answer, Fault
from tests.fakes.records import a_receipt, a_record, an_event, later
from tests.unit.db.dynamodb.conftest import (
    HISTORY,
    NAME,
    Aws,
    custody_key,
    forget,
    history,
    interrupted,
    items,
    seal_of,
)
from tests.unit.db.dynamodb.test_faults import LASTING, PASSING, named

# ------------------------------------------------------------ events


@pytest.mark.parametrize("fault", PASSING, ids=named)
def test_an_event_whose_fate_is_unknown_is_noted_once(aws: Aws, customer_id: str, fault: Fault) -> None:
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    event = an_event(record)
    aws.proxy.fail(fault, on="TransactWriteItems")
    assert list(aws.spoiled.add([event])) == [event]
    assert aws.direct.find(record.prediction_id) == Filed(record, (event,))


def test_a_customer_who_is_erased_while_events_are_noted(aws: Aws, aws_endpoint: str, customer_id: str) -> None:
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    receipt = a_receipt(customer_id, later(record, hours=2))
    table = interrupted(aws_endpoint, lambda: aws.direct.erase(receipt))
    before, after = an_event(record, at=later(record, hours=1)), an_event(record, key="b", at=later(record, hours=3))
    held = list(table.add([before, after]))
    assert [each.body for each in held] == [None, after.body]
    assert aws.direct.find(record.prediction_id) == Filed(ErasedRecord.of(record), tuple(held))


def test_two_programs_that_note_an_event_under_one_key_learn_the_same(
    aws: Aws, aws_endpoint: str, customer_id: str
) -> None:
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    first, second = an_event(record), an_event(record, body={"defaulted": False})
    table = interrupted(aws_endpoint, lambda: aws.direct.add([first]))
    assert list(table.add([second])) == [first]


# ------------------------------------------------------------ erasures and holds


@pytest.mark.parametrize("fault", PASSING, ids=named)
def test_an_erasure_whose_fate_is_unknown_has_one_receipt(aws: Aws, customer_id: str, fault: Fault) -> None:
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    receipt = a_receipt(customer_id, later(record))
    aws.proxy.fail(fault, on="TransactWriteItems")
    assert aws.spoiled.erase(receipt) == receipt
    assert aws.direct.dossier(customer_id) == Dossier(None, (receipt,))
    assert history(aws, customer_id) == [ErasedRecord.of(record)]


def test_an_erasure_whose_answer_was_lost_does_not_take_what_came_after_it(aws: Aws, customer_id: str) -> None:
    before, after = a_record(customer_id), a_record(customer_id)
    aws.direct.save([Write(before)])
    receipt = a_receipt(customer_id, later(before, microseconds=1))
    aws.proxy.fail("drop answer", on="TransactWriteItems")
    table = interrupted(aws.proxy.url, lambda: aws.direct.save([Write(after)]), before=2)
    assert table.erase(receipt) == receipt
    assert aws.direct.dossier(customer_id) == Dossier(None, (receipt,))
    assert history(aws, customer_id) == [after, ErasedRecord.of(before)]


def test_an_erasure_of_an_earlier_time_does_not_take_a_later_one_back(aws: Aws, customer_id: str) -> None:
    first, waiting = a_record(customer_id), a_record(customer_id)
    aws.direct.save([Write(first)])
    aws.direct.erase(a_receipt(customer_id, later(waiting), "by a clock that is ahead"))
    aws.direct.erase(a_receipt(customer_id, later(first), "by one that is not"))
    aws.direct.save([Write(waiting)])
    assert history(aws, customer_id) == [ErasedRecord.of(waiting), ErasedRecord.of(first)]


def test_what_is_stored_while_its_customer_is_erased_is_erased_too(
    aws: Aws, aws_endpoint: str, customer_id: str
) -> None:
    aws.bank.put_item(TableName=NAME, Item={"customer_id": {"S": customer_id}, "branch": {"S": "Graz"}})
    record = a_record(customer_id)
    receipt = a_receipt(customer_id, later(record))
    assert interrupted(aws_endpoint, lambda: aws.direct.save([Write(record)])).erase(receipt) == receipt
    assert history(aws, customer_id) == [ErasedRecord.of(record)]
    assert aws.direct.look_up([customer_id]) == {customer_id: Standing(True, None)}


def test_a_hold_that_is_set_while_its_customer_is_erased_prevents_it(
    aws: Aws, aws_endpoint: str, customer_id: str
) -> None:
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    hold = Hold("proceedings", "legal", later(record))
    with pytest.raises(OnHold):
        interrupted(aws_endpoint, lambda: aws.direct.hold(customer_id, hold)).erase(
            a_receipt(customer_id, later(record))
        )
    assert aws.direct.dossier(customer_id) == Dossier(hold)
    assert history(aws, customer_id) == [record]


def test_an_erasure_leaves_nothing_of_the_key_nor_of_the_score(aws: Aws, customer_id: str) -> None:
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    seal = seal_of(aws, customer_id)
    assert seal is not None
    aws.direct.erase(a_receipt(customer_id, later(record)))
    pages = aws.bank.get_paginator("scan")
    left = [item for name in (HISTORY, NAME) for page in pages.paginate(TableName=name) for item in page["Items"]]
    assert any(item["customer_id"]["S"] == customer_id for item in left)
    assert seal not in [value.get("B") for item in left for value in item.values()]
    key = {"customer_id": {"S": customer_id}}
    assert aws.bank.get_item(TableName=NAME, Key=key)["Item"] == key


# ------------------------------------------------------------ reading


@pytest.mark.parametrize("fault", PASSING, ids=named)
def test_finding_and_scanning_are_tried_again(aws: Aws, customer_id: str, fault: Fault) -> None:
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    for on in ("GetItem", "BatchGetItem"):
        aws.proxy.fail(fault, on=f".{on}")
    assert aws.spoiled.find(record.prediction_id) == Filed(record)
    for on in ("Scan", "BatchGetItem"):
        aws.proxy.fail(fault, on=f".{on}")
    mine = [each for each in aws.spoiled.scan(record.scored_at) if each.record.customer_id == customer_id]
    assert mine == [Filed(record)]


@pytest.mark.parametrize("fault", LASTING, ids=named)
def test_what_cannot_be_read_is_never_taken_for_nothing(aws: Aws, customer_id: str, fault: Fault) -> None:
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    aws.proxy.fail(fault, times=None)
    for use in (
        lambda: aws.spoiled.find(record.prediction_id),
        lambda: list(aws.spoiled.scan()),
        lambda: aws.spoiled.dossier(customer_id),
        lambda: aws.spoiled.erase(a_receipt(customer_id, later(record))),
        lambda: aws.spoiled.hold(customer_id, None),
        lambda: aws.spoiled.add([an_event(record)]),
    ):
        with pytest.raises(TableUnavailable, match="cannot be reached"):
            use()


def test_a_record_that_is_seen_before_its_key_is_read_again(aws: Aws, aws_endpoint: str, customer_id: str) -> None:
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    nothing = Answer(200, json.dumps({"Responses": {}, "UnprocessedKeys": {}}).encode())
    for read, expected in (
        (lambda: [each for each in aws.spoiled.scan() if each.record == record], [Filed(record)]),
        (lambda: aws.spoiled.history(HistoryQuery(customer_id, 20)), [record]),
    ):
        aws.proxy.fail(nothing, on="BatchGetItem")
        assert read() == expected


def test_a_record_whose_key_was_lost_is_damage_and_no_erasure(aws: Aws, customer_id: str) -> None:
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    (item,) = items(aws, customer_id)
    aws.bank.delete_item(TableName=HISTORY, Key=custody_key(customer_id))
    for use in (
        lambda: aws.direct.find(record.prediction_id),
        lambda: aws.direct.history(HistoryQuery(customer_id, 20)),
    ):
        with pytest.raises(TableUnavailable, match="cannot be read"):
            use()
    forget(aws, item, record.prediction_id)


@pytest.mark.parametrize("prediction_id", ["x" * 3000, "\ud800", "", "\t", "pred_1\tcustomer"], ids=repr)
def test_an_id_that_no_prediction_can_have_is_not_there(aws: Aws, prediction_id: str) -> None:
    assert aws.direct.find(prediction_id) is None
