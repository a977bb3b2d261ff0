"""What a bank's system does in a day, against the running service, on every store that it can run on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from model_store.s3 import S3Artifacts
from tests.fakes.aws import CREDENTIALS, REGION, s3_client
from tests.fakes.postgres import PostgresServer
from tests.fakes.running import Running
from tests.fakes.small_models import publish_small_models

X5, X3, X6 = [0.5, 0.8, 0.3, 0.7, 0.9], [0.6, 0.7, 0.5], [0.5, 0.8, 0.3, 0.7, 0.9, 0.2]
BUCKET, TABLE = "replay-models", "replay-customers"


@pytest.fixture
def on_sqlite(service: Running) -> Running:
    return service


@pytest.fixture
def on_postgresql(data_dir: Path, postgres: PostgresServer) -> Iterator[Running]:
    running = Running(data_dir, {"DATABASE_URL": postgres.empty_database()})
    running.flask("db", "create")
    with running:
        yield running


@pytest.fixture
def on_aws(tmp_path: Path, aws_endpoint: str) -> Iterator[Running]:
    client = s3_client(aws_endpoint)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    publish_small_models(S3Artifacts(client, BUCKET))
    settings = {
        "ML_DATA_BUCKET": BUCKET,
        "CUSTOMER_TABLE_NAME": TABLE,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": aws_endpoint,
    }
    running = Running(tmp_path, {**settings, **CREDENTIALS})
    running.flask("db", "create")
    with running:
        yield running


@pytest.mark.parametrize("store", ["on_sqlite", "on_postgresql", "on_aws"])
def test_a_customer_is_scored_as_new_then_as_existing_and_found_again(
    store: str, request: pytest.FixtureRequest
) -> None:
    running: Running = request.getfixturevalue(store)

    assert running.call("GET", "/api/v1/search?customer_id=CUS1").body["found"] is False
    new = running.predict("CUS1", {"xgboost": X6}).body
    assert (new["customer_type"], new["model"], new["stored"]) == ("new", "xgboost", True)

    key = {"Idempotency_Key": "a retry"}
    existing = running.predict("CUS1", {"traditional": X5, "social": X3}, **key).body
    scores = [each["score"] for each in existing["models"]]
    assert existing["customer_type"] == "existing"
    assert existing["aggregated_score"] == pytest.approx(sum(scores) / 2, abs=0.051)
    assert running.predict("CUS1", {"traditional": X5, "social": X3}, **key).body == existing

    found = running.call("POST", "/api/v1/search", {"customer_id": "CUS1"}).body
    assert [each["prediction_id"] for each in found["history"]] == [existing["prediction_id"], new["prediction_id"]]
    assert found["latest_prediction"]["credit_score"] == existing["aggregated_score"]

    items = [{"customer_id": f"BATCH{i}", "features": {"xgboost": X6}} for i in range(5)]
    results = running.call("POST", "/api/v1/predict/batch", {"requests": [*items, {"customer_id": "B"}]}).body[
        "results"
    ]
    assert [each.get("stored") or each["status"] for each in results] == [True] * 5 + [422]
    assert running.call("GET", "/health").body["status"] == "healthy"
