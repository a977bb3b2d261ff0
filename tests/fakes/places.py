"""Where a service may keep what it has: in a folder and SQLite, or in S3 and DynamoDB."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from bootstrap import services
from bootstrap.settings import Settings
from model_store.s3 import S3Artifacts
from tests.fakes.aws import REGION, s3_client
from tests.fakes.small_models import publish_small_models

PLACES = ("folder and SQLite", "S3 and DynamoDB")


def settings_of(place: str, request: pytest.FixtureRequest, data_dir: Path, **more: Any) -> Settings:
    """The settings of a service on one of PLACES, its small models published and its tables made.

    `data_dir` holds the small models already.
    """
    if place == PLACES[0]:
        return Settings(data_dir=data_dir, **more)
    endpoint, name = request.getfixturevalue("aws_endpoint"), f"service-{uuid.uuid4().hex[:12]}"
    client = s3_client(endpoint)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    publish_small_models(S3Artifacts(client, name))
    chosen = Settings(
        data_dir=data_dir / "machine",
        ml_data_bucket=name,
        customer_table_name=name,
        aws_default_region=REGION,
        aws_endpoint_url=endpoint,
        table_timeout_seconds=30,
        **more,
    )
    table = services.open_table(chosen)
    table.create()
    table.close()
    return chosen
