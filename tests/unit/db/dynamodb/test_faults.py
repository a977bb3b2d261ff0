"""What DynamoDB and the network may do to a request, and what has to come of it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable

import pytest

from db.dynamodb.table import DynamoTable
from routing.ports import Claimed, Done, HistoryQuery, KeyClaim, KeyUse, Write
from scoring.errors import TableUnavailable
from tests.fakes.aws import service_dynamodb_client
from tests.fakes.faulty_proxy import THROTTLED, Answer, Fault, aws_error
from tests.fakes.records import a_record
from tests.unit.db.dynamodb.conftest import NAME, Aws, history

PASSING: list[Fault] = [
    THROTTLED,
    aws_error("ThrottlingException"),
    aws_error("InternalServerError", 500),
    aws_error("TransactionConflictException"),
    Answer(503),
    "reset",
    "drop answer",
    "cut answer",
    "hang",
    "hang after",
]
LASTING: list[Fault] = [
    aws_error("AccessDeniedException"),
    aws_error("ExpiredTokenException"),
    aws_error("UnrecognizedClientException"),
    aws_error("ResourceNotFoundException"),
    aws_error("ValidationException"),
]


def named(fault: Fault) -> str:
    """How a fault is called in a test's name."""
    if isinstance(fault, str):
        return fault
    code = re.search(rb"#(\w+)", fault.body)
    return code[1].decode() if code else str(fault.status)


def cancelled(*codes: str) -> Answer:
    """A transaction that was cancelled for these reasons, one for each of its actions."""
    reasons = [{"Code": code, "Message": "arn:aws:secret"} for code in codes]
    body = {"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "CancellationReasons": reasons}
    return Answer(400, json.dumps(body).encode())


@pytest.mark.parametrize("fault", PASSING, ids=named)
def test_a_look_up_is_tried_again(aws: Aws, customer_id: str, fault: Fault) -> None:
    aws.direct.save([Write(a_record(customer_id))])
    aws.proxy.fail(fault)
    assert aws.spoiled.look_up([customer_id])[customer_id].existing
    assert len(aws.proxy.seen) >= 2


@pytest.mark.parametrize("fault", PASSING + LASTING, ids=named)
def test_a_failed_look_up_is_never_taken_for_a_new_customer(aws: Aws, customer_id: str, fault: Fault) -> None:
    aws.direct.save([Write(a_record(customer_id))])
    aws.proxy.fail(fault, times=None)
    for ids in ([customer_id], [customer_id, "CUS2"]):
        with pytest.raises(TableUnavailable):
            aws.impatient.look_up(ids)


@pytest.mark.parametrize("fault", [*PASSING, cancelled("None", "TransactionConflict", "ThrottlingError")], ids=named)
def test_a_write_whose_fate_is_unknown_is_stored_once(aws: Aws, customer_id: str, fault: Fault) -> None:
    use = KeyUse(customer_id, "body")
    record, (claim,) = a_record(customer_id), aws.direct.claim([use])
    assert isinstance(claim, Claimed)
    aws.proxy.fail(fault)
    aws.spoiled.save([Write(record, KeyClaim(use, claim.token))])
    assert history(aws, customer_id) == [record]
    assert aws.direct.claim([use]) == [Done(record)]
    latest = aws.direct.look_up([customer_id])[customer_id].latest
    assert latest is not None
    assert latest.scored_at == record.scored_at


@pytest.mark.parametrize("fault", ["drop answer", "hang after"])
def test_a_write_that_failed_for_the_caller_and_is_drained_later_is_stored_once(
    aws: Aws, customer_id: str, fault: Fault
) -> None:
    writes = [Write(a_record(customer_id)) for _ in range(3)]
    aws.proxy.fail(fault, times=None)
    with pytest.raises(TableUnavailable):
        aws.impatient.save(writes)
    aws.proxy.heal()
    aws.spoiled.save(writes)
    assert history(aws, customer_id) == [write.record for write in reversed(writes)]


@pytest.mark.parametrize("fault", PASSING, ids=named)
def test_a_claim_whose_answer_was_lost_is_still_the_callers(aws: Aws, customer_id: str, fault: Fault) -> None:
    use, record = KeyUse(customer_id, "body"), a_record(customer_id)
    aws.proxy.fail(fault)
    (claim,) = aws.spoiled.claim([use])
    assert isinstance(claim, Claimed)
    aws.direct.save([Write(record, KeyClaim(use, claim.token))])
    assert aws.direct.claim([use]) == [Done(record)]


@pytest.mark.parametrize("fault", ["reset", "drop answer", THROTTLED], ids=named)
def test_a_release_is_tried_again(aws: Aws, customer_id: str, fault: Fault) -> None:
    use = KeyUse(customer_id, "body")
    (claim,) = aws.direct.claim([use])
    assert isinstance(claim, Claimed)
    aws.proxy.fail(fault)
    aws.spoiled.release([KeyClaim(use, claim.token)])
    assert isinstance(aws.direct.claim([use])[0], Claimed)


def test_a_conflict_that_lasts_ends_within_the_budget(aws: Aws, customer_id: str) -> None:
    aws.proxy.fail(cancelled("None", "TransactionConflict"), times=None)
    with pytest.raises(TableUnavailable):
        aws.impatient.save([Write(a_record(customer_id))])
    assert len(aws.proxy.seen) < 40
    assert history(aws, customer_id) == []


@pytest.mark.parametrize("fault", [*LASTING, cancelled("ValidationError", "TransactionConflict")], ids=named)
def test_what_will_not_pass_is_not_tried_again(aws: Aws, customer_id: str, fault: Fault) -> None:
    aws.proxy.fail(fault, times=None)
    with pytest.raises(TableUnavailable):
        aws.spoiled.save([Write(a_record(customer_id))])
    assert len(aws.proxy.seen) == 1


def test_keys_left_unprocessed_are_asked_for_again(aws: Aws, customer_id: str) -> None:
    aws.direct.save([Write(a_record(customer_id))])
    left = {NAME: {"Keys": [{"customer_id": {"S": customer_id}}], "ConsistentRead": True}}
    aws.proxy.fail(Answer(200, json.dumps({"Responses": {}, "UnprocessedKeys": left}).encode()), times=2)
    standings = aws.spoiled.look_up([customer_id, "nobody"])
    assert {each: standing.existing for each, standing in standings.items()} == {customer_id: True, "nobody": False}


def test_keys_left_unprocessed_for_good_are_not_new_customers(aws: Aws, customer_id: str) -> None:
    left = {NAME: {"Keys": [{"customer_id": {"S": customer_id}}]}}
    aws.proxy.fail(Answer(200, json.dumps({"Responses": {}, "UnprocessedKeys": left}).encode()), times=None)
    with pytest.raises(TableUnavailable):
        aws.impatient.look_up([customer_id, "nobody"])


@pytest.mark.parametrize(
    "use",
    [
        lambda table, each: table.look_up([each]),
        lambda table, each: table.look_up([each, "CUS2"]),
        lambda table, each: table.history(HistoryQuery(each, 20)),
        lambda table, each: table.save([Write(a_record(each))]),
        lambda table, each: table.claim([KeyUse(each, "body")]),
        lambda table, each: table.release([KeyClaim(KeyUse(each, "body"), "token")]),
        lambda table, each: table.ping(),
    ],
    ids=["look_up", "look_up of many", "history", "save", "claim", "release", "ping"],
)
def test_neither_the_client_nor_the_log_learns_what_aws_said(
    aws: Aws, customer_id: str, caplog: pytest.LogCaptureFixture, use: Callable[[DynamoTable, str], object]
) -> None:
    aws.proxy.fail(aws_error("AccessDeniedException"), times=None)
    with caplog.at_level(logging.INFO), pytest.raises(TableUnavailable) as failure:
        use(aws.spoiled, customer_id)
    assert failure.value.detail == "The customers table cannot be reached."
    entries = [record for record in caplog.records if record.name.startswith("db.")]
    assert {vars(entry)["code"] for entry in entries} == {"AccessDeniedException"}
    logged = str([vars(entry) for entry in entries]) + "".join(logging.Formatter().format(entry) for entry in entries)
    assert "arn:aws" not in logged
    assert customer_id not in logged


def test_nobody_listening_is_out_of_reach() -> None:
    with pytest.raises(TableUnavailable):
        DynamoTable(service_dynamodb_client("http://127.0.0.1:9"), NAME, budget_seconds=0.1).ping()


def test_missing_credentials_are_out_of_reach(aws_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(TableUnavailable):
        DynamoTable(service_dynamodb_client.__wrapped__(aws_endpoint), NAME).ping()


def test_when_the_table_is_down_a_large_call_gives_up_after_its_first_writes(aws: Aws, customer_id: str) -> None:
    aws.proxy.fail(aws_error("AccessDeniedException"), times=None)
    with pytest.raises(TableUnavailable):
        aws.spoiled.save([Write(a_record(customer_id)) for _ in range(300)])
    assert len(aws.proxy.seen) <= 8


def test_a_large_call_ends_within_its_own_budget(aws_endpoint: str, aws: Aws, customer_id: str) -> None:
    impatient = DynamoTable(service_dynamodb_client(aws_endpoint), NAME, batch_seconds=0.0)
    with pytest.raises(TableUnavailable):
        impatient.save([Write(a_record(customer_id)), Write(a_record(customer_id))])
    assert history(aws, customer_id) == []
