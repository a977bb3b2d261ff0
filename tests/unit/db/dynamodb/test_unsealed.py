"""What code from before the seals left in the history table: read, listed, and erased like the rest."""

from __future__ import annotations

import time
import zlib
from typing import Any

import pytest

from db.items import dump
from routing.archive import Dossier, Filed, Hold, OnHold
from routing.ports import Done, KeyUse, OtherBody, Standing, Write
from scoring.record import ErasedRecord, ScoreRecord
from tests.fakes.records import a_receipt, a_record, an_explained_record, later
from tests.unit.db.dynamodb.conftest import HISTORY, Aws, history, interrupted, items


def put_unsealed(aws: Aws, record: ScoreRecord) -> None:
    item: dict[str, Any] = {
        "customer_id": {"S": record.customer_id},
        "prediction_key": {"S": f"{record.scored_at}#{record.prediction_id}"},
        "score_record": {"B": unsealed(record)},
    }
    aws.bank.put_item(TableName=HISTORY, Item=item)


def unsealed(record: ScoreRecord) -> bytes:
    return zlib.compress(dump(record.values()).encode())


def test_it_is_in_the_history_beside_what_is_sealed(aws: Aws, customer_id: str) -> None:
    old, new = an_explained_record(customer_id), a_record(customer_id)
    put_unsealed(aws, old)
    aws.direct.save([Write(new)])
    assert history(aws, customer_id) == [new, old]


def test_a_scan_shows_it_within_its_bounds(aws: Aws, customer_id: str) -> None:
    records = [a_record(customer_id) for _ in range(3)]
    for record in records:
        put_unsealed(aws, record)
    scanned = [
        each
        for each in aws.direct.scan(records[1].scored_at, records[2].scored_at)
        if each.record.customer_id == customer_id
    ]
    assert scanned == [Filed(records[1])]


@pytest.mark.parametrize("number", [1, 30])
def test_an_erasure_takes_it_out_of_the_table(aws: Aws, customer_id: str, number: int) -> None:
    old, new = [a_record(customer_id) for _ in range(number)], a_record(customer_id)
    for record in old:
        put_unsealed(aws, record)
    assert aws.direct.dossier(customer_id) == Dossier()
    aws.direct.save([Write(new)])
    receipt = a_receipt(customer_id, later(new))
    assert aws.direct.erase(receipt) == receipt
    assert history(aws, customer_id) == [ErasedRecord.of(record) for record in (new, *reversed(old))]
    assert not any("score_record" in item for item in items(aws, customer_id))
    assert aws.direct.erase(a_receipt(customer_id, later(new, days=1), "again")) == receipt


def test_it_alone_makes_its_customer_one_who_can_be_erased(aws: Aws, customer_id: str) -> None:
    record = a_record(customer_id)
    put_unsealed(aws, record)
    receipt = a_receipt(customer_id, later(record))
    assert aws.direct.erase(receipt) == receipt
    assert history(aws, customer_id) == [ErasedRecord.of(record)]
    assert aws.direct.look_up([customer_id]) == {customer_id: Standing(False)}


def test_a_hold_keeps_it_even_if_it_is_set_at_the_last_moment(aws: Aws, aws_endpoint: str, customer_id: str) -> None:
    record = a_record(customer_id)
    put_unsealed(aws, record)
    hold = Hold("proceedings", "legal", later(record))
    with pytest.raises(OnHold):
        interrupted(aws_endpoint, lambda: aws.direct.hold(customer_id, hold)).erase(
            a_receipt(customer_id, later(record))
        )
    assert history(aws, customer_id) == [record]


def test_an_idempotency_key_that_holds_its_record_still_answers(aws: Aws, customer_id: str) -> None:
    record = a_record(customer_id)
    item: dict[str, Any] = {
        "customer_id": {"S": f"\tidempotency-key\t{customer_id}"},
        "prediction_key": {"S": "key"},
        "body_digest": {"S": "body"},
        "claim_token": {"S": "token"},
        "expires_at": {"N": str(int(time.time()) + 1000)},
        "score_record": {"B": unsealed(record)},
    }
    aws.bank.put_item(TableName=HISTORY, Item=item)
    assert aws.direct.claim([KeyUse(customer_id, "body"), KeyUse(customer_id, "other")]) == [Done(record), OtherBody()]
    assert customer_id not in [each.record.customer_id for each in aws.direct.scan()]
    aws.bank.delete_item(TableName=HISTORY, Key={name: item[name] for name in ("customer_id", "prediction_key")})


def test_an_upgrade_seals_it_and_lets_its_id_find_it(aws: Aws, customer_id: str) -> None:
    records = [an_explained_record(f"{customer_id} {i % 3}") for i in range(30)]
    for record in records:
        put_unsealed(aws, record)
    assert aws.direct.find(records[0].prediction_id) is None
    aws.direct.save([Write(a_record(f"{customer_id} 1"))])
    assert aws.direct.upgrade() >= 30
    assert [aws.direct.find(record.prediction_id) for record in records] == [Filed(record) for record in records]
    assert not any("score_record" in item for item in items(aws, f"{customer_id} 0"))
    assert history(aws, f"{customer_id} 0") == records[::3][::-1]
    assert aws.direct.upgrade() == 0


def test_an_upgrade_of_a_customer_erased_before_seals_nothing(aws: Aws, customer_id: str) -> None:
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    aws.direct.erase(a_receipt(customer_id, later(record, days=1)))
    late = a_record(customer_id)
    put_unsealed(aws, late)
    aws.direct.upgrade()
    assert aws.direct.find(late.prediction_id) == Filed(ErasedRecord.of(late))
    assert sorted(items(aws, customer_id)[1]) == ["customer_id", "prediction_key", "skeleton"]


def test_an_erasure_while_an_upgrade_runs_is_not_undone(aws: Aws, aws_endpoint: str, customer_id: str) -> None:
    record = a_record(customer_id)
    put_unsealed(aws, record)
    receipt = a_receipt(customer_id, later(record))
    interrupted(aws_endpoint, lambda: aws.direct.erase(receipt)).upgrade()
    assert history(aws, customer_id) == [ErasedRecord.of(record)]
    assert not any("score_record" in item or "sealed_record" in item for item in items(aws, customer_id))
