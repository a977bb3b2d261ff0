"""What every artifact store must do: run on a folder, on S3 (moto's server over HTTP), and on the fake."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from model_store.artifacts import (
    Artifact,
    ArtifactConflict,
    ArtifactMissing,
    ArtifactStore,
    ArtifactsUnreachable,
    ArtifactTooLarge,
)
from model_store.folder import FolderArtifacts
from model_store.s3 import S3Artifacts
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.aws import aws_server, s3_client

BUCKET = "models-of-the-bank"
MOST = 1 << 20


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with aws_server() as endpoint:
        s3_client(endpoint).create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        yield endpoint


@pytest.fixture(params=["folder", "s3", "memory"])
def artifacts(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    if request.param == "folder":
        (tmp_path / "root").mkdir()
        return FolderArtifacts(tmp_path / "root")
    if request.param == "memory":
        return MemoryArtifacts()
    return S3Artifacts(s3_client(request.getfixturevalue("s3")), BUCKET)


@pytest.fixture(params=["folder", "s3 without its bucket", "s3 without its server", "memory"])
def unreachable(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    if request.param == "folder":
        return FolderArtifacts(tmp_path / "not mounted")
    if request.param == "memory":
        memory = MemoryArtifacts()
        memory.down = True
        return memory
    if request.param == "s3 without its server":
        return S3Artifacts(s3_client("http://127.0.0.1:9"), BUCKET)
    return S3Artifacts(s3_client(request.getfixturevalue("s3")), "no-such-bucket")


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A key of its own for every test: the tests share one bucket."""
    return f"social/{request.node.name.split('[')[0]}.onnx"


def test_what_was_put_is_read_back(artifacts: ArtifactStore, key: str) -> None:
    etag = artifacts.put(key, b"\x00weights\xff")
    read = artifacts.read(key, MOST)
    assert (read.data, read.etag) == (b"\x00weights\xff", etag)


def test_an_empty_object_is_an_object(artifacts: ArtifactStore, key: str) -> None:
    artifacts.put(key, b"")
    assert artifacts.read(key, MOST).data == b""


def test_a_put_replaces_and_changes_the_etag(artifacts: ArtifactStore, key: str) -> None:
    assert artifacts.put(key, b"one") != artifacts.put(key, b"two")
    assert artifacts.read(key, MOST).data == b"two"


def test_an_absent_key_is_missing(artifacts: ArtifactStore) -> None:
    artifacts.put("social/model.pkl", b"a model")
    for absent in ("social/scaler.joblib", "social", "social/model.pkl/inside", "nobody/model.pkl"):
        with pytest.raises(ArtifactMissing):
            artifacts.read(absent, MOST)


def test_a_store_that_cannot_be_asked_never_says_missing(unreachable: ArtifactStore) -> None:
    with pytest.raises(ArtifactsUnreachable):
        unreachable.read("social/model.pkl", MOST)
    with pytest.raises(ArtifactsUnreachable):
        unreachable.etag("social/model.pkl")
    with pytest.raises(ArtifactsUnreachable):
        unreachable.keys("social")


def test_an_object_is_read_up_to_the_limit_and_not_beyond(artifacts: ArtifactStore, key: str) -> None:
    artifacts.put(key, b"12345")
    assert artifacts.read(key, 5).data == b"12345"
    with pytest.raises(ArtifactTooLarge):
        artifacts.read(key, 4)


def test_a_create_only_put_never_replaces(artifacts: ArtifactStore, key: str) -> None:
    artifacts.put(key, b"first", if_none_match=True)
    with pytest.raises(ArtifactConflict):
        artifacts.put(key, b"second", if_none_match=True)
    assert artifacts.read(key, MOST).data == b"first"


def test_an_etag_is_told_without_reading(artifacts: ArtifactStore, key: str) -> None:
    for content in (b"one", b"two", b"a third one"):
        put = artifacts.put(key, content)
        assert artifacts.etag(key) == artifacts.etag(key) == put == artifacts.read(key, MOST).etag
    for absent in ("social/absent.joblib", "social", f"{key}/inside", "nobody/model.pkl"):
        with pytest.raises(ArtifactMissing):
            artifacts.etag(absent)


def test_all_keys_below_a_prefix_are_listed_in_order(artifacts: ArtifactStore) -> None:
    for key in ("listed/versions/2/b.onnx", "listed/versions/1/manifest.json", "listed/a", "listed2/a", "listed.json"):
        artifacts.put(key, b"x")
    assert artifacts.keys("listed") == ["listed/a", "listed/versions/1/manifest.json", "listed/versions/2/b.onnx"]
    assert artifacts.keys("listed/versions") == artifacts.keys("listed")[1:]
    assert artifacts.keys("listed/versions/2") == ["listed/versions/2/b.onnx"]
    assert artifacts.keys("nobody") == artifacts.keys("listed/a") == []


def test_a_put_over_a_known_object_needs_that_object(artifacts: ArtifactStore, key: str) -> None:
    old = artifacts.put(key, b"one")
    new = artifacts.put(key, b"two", if_match=old)
    with pytest.raises(ArtifactConflict):
        artifacts.put(key, b"three", if_match=old)
    assert artifacts.read(key, MOST) == Artifact(b"two", new)
    with pytest.raises(ArtifactConflict):
        artifacts.put(f"{key}.other", b"three", if_match=new)


def test_of_many_that_create_at_once_one_wins(artifacts: ArtifactStore, key: str) -> None:
    outcomes: list[str] = []

    def create(content: bytes) -> None:
        try:
            artifacts.put(key, content, if_none_match=True)
            outcomes.append(content.decode())
        except ArtifactConflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=create, args=(str(i).encode(),)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [outcome for outcome in outcomes if outcome != "conflict"]
    assert len(winners) == 1
    assert artifacts.read(key, MOST).data == winners[0].encode()


@pytest.mark.parametrize(
    "bad",
    ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "a/.", ".hidden", "a\\b", "a\0b", "ä", "a/b\n", "x" * 129],
)
def test_a_key_that_could_leave_the_store_is_refused(artifacts: ArtifactStore, bad: str) -> None:
    with pytest.raises(ValueError, match="not an artifact key"):
        artifacts.read(bad, MOST)
    with pytest.raises(ValueError, match="not an artifact key"):
        artifacts.put(bad, b"x")
    with pytest.raises(ValueError, match="not an artifact key"):
        artifacts.etag(bad)
    with pytest.raises(ValueError, match="not an artifact key"):
        artifacts.keys(bad)
