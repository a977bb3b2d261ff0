"""The two tables: what they are made of, and making them where no template of deploy/ did."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from db.dynamodb.attempts import Attempts, error_code
from db.dynamodb.layout import CUSTOMER_ID, EXPIRES_AT, PREDICTION_KEY, history_table
from scoring.errors import TableUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CREATE_SECONDS = 60.0
TIME_TO_LIVE = {"Enabled": True, "AttributeName": EXPIRES_AT}


def customers_schema(name: str) -> dict[str, Any]:
    """The customers table, as CreateTable takes it."""
    return _schema(name, CUSTOMER_ID)


def history_schema(name: str) -> dict[str, Any]:
    """The history table of the customers table `name`, as CreateTable takes it."""
    return _schema(history_table(name), CUSTOMER_ID, PREDICTION_KEY)


def create_tables(client: DynamoDBClient, name: str) -> None:
    """Make what is missing of the two tables and wait until both can be used. Raises TableUnavailable.

    A table that is there already keeps its settings; only the history's time to live is turned on.
    """
    attempts = Attempts(time.monotonic() + CREATE_SECONDS)
    for schema in (customers_schema(name), history_schema(name)):
        new = _created(client, schema, attempts)
        _active(client, schema, attempts)
        if new:
            _protect(client, schema["TableName"], attempts)
    _expire(client, history_table(name), attempts)


def _schema(name: str, *keys: str) -> dict[str, Any]:
    return {
        "TableName": name,
        "KeySchema": [
            {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
        "BillingMode": "PAY_PER_REQUEST",
    }


def _created(client: DynamoDBClient, schema: dict[str, Any], attempts: Attempts) -> bool:
    """Make a table; False if it is there already."""

    def create_table() -> bool:
        try:
            client.create_table(**schema)
        except ClientError as error:
            if error_code(error) != "ResourceInUseException":
                raise
            return False
        return True

    return bool(attempts.call(create_table))


def _active(client: DynamoDBClient, schema: dict[str, Any], attempts: Attempts) -> None:
    """Return once the table can be used. Raises TableUnavailable if its keys are others than the schema's."""
    table = schema["TableName"]
    waiting = {"Delay": 1, "MaxAttempts": int(CREATE_SECONDS)}
    attempts.call(client.get_waiter("table_exists").wait, TableName=table, WaiterConfig=waiting)
    if _keys(attempts.call(client.describe_table, TableName=table)["Table"]) != _keys(schema):
        wanted = ", ".join(f"{name} ({role}, {kind})" for name, role, kind in _keys(schema))
        raise TableUnavailable(f"The table {table} is there with other keys than {wanted}.")


def _keys(schema: dict[str, Any]) -> list[tuple[str, str, str]]:
    kinds = {each["AttributeName"]: each["AttributeType"] for each in schema["AttributeDefinitions"]}
    return [(each["AttributeName"], each["KeyType"], kinds[each["AttributeName"]]) for each in schema["KeySchema"]]


def _protect(client: DynamoDBClient, table: str, attempts: Attempts) -> None:
    """Turn on point-in-time recovery, where it exists (DynamoDB Local has none)."""

    def update_continuous_backups() -> None:
        try:
            client.update_continuous_backups(
                TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
        except ClientError as error:
            if error_code(error) != "UnknownOperationException":
                raise

    attempts.call(update_continuous_backups)


def _expire(client: DynamoDBClient, table: str, attempts: Attempts) -> None:
    found = attempts.call(client.describe_time_to_live, TableName=table)["TimeToLiveDescription"]
    if found["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):  # DynamoDB refuses to turn on what is on
        attempts.call(client.update_time_to_live, TableName=table, TimeToLiveSpecification=TIME_TO_LIVE)
