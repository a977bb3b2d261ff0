"""The gates find the same in a folder and in a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from model_store.artifacts import ArtifactStore
from model_store.folder import FolderArtifacts
from model_store.s3 import S3Artifacts
from tests.fakes.aws import aws_server
from tests.fakes.candidates import LEARNT, Bank, refused


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with aws_server() as url:
        yield url


@pytest.fixture(params=["folder", "bucket"])
def artifacts(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    if request.param == "folder":
        (tmp_path / "models").mkdir()
        return FolderArtifacts(tmp_path / "models")
    client = boto3.client(
        "s3",
        endpoint_url=request.getfixturevalue("endpoint"),
        region_name="us-east-1",
        aws_access_key_id="made-up",
        aws_secret_access_key="made-up",
    )
    client.create_bucket(Bucket="gates")
    return S3Artifacts(client, "gates")


def test_a_good_candidate_passes_and_a_worse_one_is_refused(artifacts: ArtifactStore, tmp_path: Path) -> None:
    bank = Bank(artifacts, tmp_path / "cache")
    bank.champion("1", LEARNT.line(0, 1))
    bank.publish("2", LEARNT.line(0, 1))
    bank.publish("3", LEARNT.line(0))
    assert refused(bank.judge(single="2")) == {}
    assert "worse beyond chance" in refused(bank.judge(single="3"))["auc"]
