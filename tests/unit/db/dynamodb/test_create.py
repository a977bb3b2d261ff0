"""`create`: both tables, once."""

from __future__ import annotations

import uuid

import pytest

from db.dynamodb.table import DynamoTable
from scoring.errors import TableUnavailable
from tests.fakes.aws import checked_dynamodb_client
from tests.fakes.faulty_proxy import Fault, aws_error
from tests.unit.db.dynamodb.conftest import Aws


@pytest.fixture
def name() -> str:
    return f"new-{uuid.uuid4()}"


def test_both_tables_are_made_and_protected(aws: Aws, aws_endpoint: str, name: str) -> None:
    table = DynamoTable(checked_dynamodb_client(aws_endpoint), name)
    table.create()
    table.create()
    for made in (name, f"{name}-history"):
        assert (
            aws.bank.describe_table(TableName=made)["Table"]["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        )
        backups = aws.bank.describe_continuous_backups(TableName=made)["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert aws.bank.describe_time_to_live(TableName=f"{name}-history")["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "expires_at",
    }
    table.ping()


def test_a_customers_table_that_the_bank_made_is_taken_as_it_is(aws: Aws, aws_endpoint: str, name: str) -> None:
    aws.bank.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "customer_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "customer_id", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )
    table = DynamoTable(checked_dynamodb_client(aws_endpoint), name)
    table.create()
    backups = aws.bank.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"
    table.ping()


@pytest.mark.parametrize(("key", "kind"), [("id", "S"), ("customer_id", "N")])
def test_a_table_with_other_keys_is_refused(aws: Aws, aws_endpoint: str, name: str, key: str, kind: str) -> None:
    aws.bank.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind}],  # type: ignore[typeddict-item]
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(TableUnavailable, match=r"other keys than customer_id \(HASH, S\)"):
        DynamoTable(checked_dynamodb_client(aws_endpoint), name).create()


@pytest.mark.parametrize(
    ("fault", "on"),
    [
        ("drop answer", "CreateTable"),
        ("reset", "DescribeTable"),
        (aws_error("ContinuousBackupsUnavailableException"), "UpdateContinuousBackups"),
        (aws_error("ThrottlingException"), "UpdateTimeToLive"),
    ],
)
def test_create_is_tried_again(aws: Aws, name: str, fault: Fault, on: str) -> None:
    aws.proxy.fail(fault, on=on)
    table = DynamoTable(checked_dynamodb_client(aws.proxy.url), name)
    table.create()
    table.ping()


def test_a_dynamodb_without_point_in_time_recovery_will_do(aws: Aws, name: str) -> None:
    aws.proxy.fail(aws_error("UnknownOperationException"), on="UpdateContinuousBackups", times=None)
    table = DynamoTable(checked_dynamodb_client(aws.proxy.url), name)
    table.create()
    table.ping()


def test_create_without_the_right_to_says_that_the_table_is_out_of_reach(aws: Aws, name: str) -> None:
    aws.proxy.fail(aws_error("AccessDeniedException"), on="CreateTable", times=None)
    with pytest.raises(TableUnavailable):
        DynamoTable(checked_dynamodb_client(aws.proxy.url), name).create()
