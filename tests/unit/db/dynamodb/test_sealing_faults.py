"""What may go wrong between a look-up and a save: one key for a customer, and nothing lost, unreadable or back."""

from __future__ import annotations

import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest

from routing.archive import Filed
from routing.ports import Standing, Write
from scoring.errors import TableUnavailable
from scoring.record import ErasedRecord
from tests.fakes.faulty_proxy import Answer, Fault
from tests.fakes.records import a_receipt, a_record, later
from tests.unit.db.dynamodb.conftest import HISTORY, NAME, Aws, custody_key, history, items, seal_of
from tests.unit.db.dynamodb.test_faults import PASSING, cancelled, named

UNSURE: list[Fault] = ["drop answer", "hang after", "cut answer"]
"""It was done, and the caller does not learn it."""


# ------------------------------------------------------------ the look-up


def test_one_look_up_is_one_request_for_both_tables(aws: Aws, customer_id: str) -> None:
    aws.direct.save([Write(a_record(customer_id))])
    aws.spoiled.look_up([customer_id])
    assert [each.split()[0] for each in aws.proxy.seen] == ["DynamoDB_20120810.BatchGetItem"]


@pytest.mark.parametrize("left", ["customers", "keys"])
def test_a_part_left_unprocessed_is_asked_for_again(aws: Aws, customer_id: str, left: str) -> None:
    aws.direct.save([Write(a_record(customer_id))])
    whole = aws.direct.look_up([customer_id])[customer_id]
    parts = {
        NAME: {"customer_id": {"S": customer_id}},
        HISTORY: custody_key(customer_id),
    }
    answered, unanswered = parts if left == "keys" else reversed(parts)
    item = aws.bank.get_item(TableName=answered, Key=parts[answered])["Item"]
    body = {
        "Responses": {answered: [item]},
        "UnprocessedKeys": {unanswered: {"Keys": [parts[unanswered]], "ConsistentRead": True}},
    }
    aws.proxy.fail(Answer(200, json.dumps(body, default=lambda data: b64encode(data).decode()).encode()))
    found = aws.spoiled.look_up([customer_id])[customer_id]
    assert (found, found.seal) == (whole, whole.seal)
    assert found.seal is not None
    assert len(aws.proxy.seen) == 2


@pytest.mark.parametrize("body", [b"{}", b'{"Responses": {}}'])
def test_an_answer_that_tells_nothing_is_no_new_customer(aws: Aws, customer_id: str, body: bytes) -> None:
    aws.direct.save([Write(a_record(customer_id))])
    aws.proxy.fail(Answer(200, body), times=None)
    for ids in ([customer_id], [customer_id, "CUS2"]):
        with pytest.raises(TableUnavailable):
            aws.impatient.look_up(ids)


# ------------------------------------------------------------ the save


@pytest.mark.parametrize("fault", UNSURE, ids=named)
def test_a_first_prediction_whose_fate_is_unknown_has_one_key(aws: Aws, customer_id: str, fault: Fault) -> None:
    first, second = a_record(customer_id), a_record(customer_id)
    aws.proxy.fail(fault)
    aws.spoiled.save([Write(first)])
    aws.direct.save([Write(second, seal=seal_of(aws, customer_id))])
    assert history(aws, customer_id) == [second, first]
    assert aws.direct.find(first.prediction_id) == Filed(first)


def test_two_first_predictions_at_once_end_with_one_key(aws: Aws, customer_id: str) -> None:
    tables, records = [aws.direct, aws.spoiled], [a_record(customer_id) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda i: tables[i].save([Write(records[i])]), range(2)))
    assert history(aws, customer_id) == records[::-1]


def test_a_key_that_another_first_prediction_made_meanwhile_is_taken_over(aws: Aws, customer_id: str) -> None:
    standing = aws.direct.look_up([customer_id])[customer_id]
    assert (standing, standing.seal) == (Standing(False), None)
    first, second = a_record(customer_id), a_record(customer_id)
    aws.direct.save([Write(first, seal=standing.seal)])
    made = seal_of(aws, customer_id)
    aws.direct.save([Write(second, seal=standing.seal)])
    assert seal_of(aws, customer_id) == made
    assert history(aws, customer_id) == [second, first]


@pytest.mark.parametrize("fault", [*PASSING, cancelled("None", "None", "TransactionConflict", "None")], ids=named)
def test_a_customer_who_was_erased_between_look_up_and_save_gets_another_key(
    aws: Aws, customer_id: str, fault: Fault
) -> None:
    first, second = a_record(customer_id), a_record(customer_id)
    aws.direct.save([Write(first)])
    gone = seal_of(aws, customer_id)
    aws.direct.erase(a_receipt(customer_id, later(first, microseconds=1)))
    aws.proxy.fail(fault)
    aws.spoiled.save([Write(second, seal=gone)])
    assert history(aws, customer_id) == [second, ErasedRecord.of(first)]
    assert seal_of(aws, customer_id) not in (gone, None)


@pytest.mark.parametrize("fault", PASSING, ids=named)
def test_a_record_from_before_an_erasure_is_stored_erased_once(aws: Aws, customer_id: str, fault: Fault) -> None:
    first, waiting = a_record(customer_id), a_record(customer_id)
    aws.direct.save([Write(first)])
    gone = seal_of(aws, customer_id)
    aws.direct.erase(a_receipt(customer_id, waiting.scored_at))
    aws.proxy.fail(fault)
    aws.spoiled.save([Write(waiting, seal=gone)])
    assert history(aws, customer_id) == [ErasedRecord.of(waiting), ErasedRecord.of(first)]
    assert aws.direct.look_up([customer_id]) == {customer_id: Standing(True, None)}
    assert [sorted(item) for item in items(aws, customer_id)][1] == ["customer_id", "prediction_key", "skeleton"]


def test_a_record_dated_before_an_erasure_is_stored_erased_though_its_seal_is_the_present_one(
    aws: Aws, customer_id: str
) -> None:
    first, by_a_slow_clock, new = (a_record(customer_id) for _ in range(3))
    aws.direct.save([Write(first)])
    aws.direct.erase(a_receipt(customer_id, later(by_a_slow_clock, microseconds=1)))
    aws.direct.save([Write(new)])
    aws.direct.save([Write(by_a_slow_clock, seal=seal_of(aws, customer_id))])
    assert history(aws, customer_id) == [new, ErasedRecord.of(by_a_slow_clock), ErasedRecord.of(first)]


def test_a_customer_item_that_another_program_overwrites_or_deletes_takes_no_key_along(
    aws: Aws, customer_id: str
) -> None:
    first, second, third = (a_record(customer_id) for _ in range(3))
    aws.direct.save([Write(first)])
    seal = seal_of(aws, customer_id)
    aws.bank.put_item(TableName=NAME, Item={"customer_id": {"S": customer_id}, "branch": {"S": "Graz"}})
    assert aws.direct.look_up([customer_id]) == {customer_id: Standing(True, None)}
    assert seal_of(aws, customer_id) == seal
    aws.direct.save([Write(second, seal=seal)])
    aws.bank.delete_item(TableName=NAME, Key={"customer_id": {"S": customer_id}})
    assert aws.direct.look_up([customer_id]) == {customer_id: Standing(False)}
    aws.direct.save([Write(third, seal=seal_of(aws, customer_id))])
    assert history(aws, customer_id) == [third, second, first]
