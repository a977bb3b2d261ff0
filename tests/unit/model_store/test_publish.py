"""Publishing: versions are written once, one put switches, and two publishers never mix."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from pydantic import JsonValue

from model_store.artifacts import ArtifactConflict, ArtifactMissing, ArtifactStore, ArtifactsUnreachable
from model_store.manifest import read_manifest
from model_store.native import CompileReport, NativeRefusedError
from model_store.publish import publish_bundle
from model_store.s3 import S3Artifacts
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.aws import aws_server
from tests.fakes.bundles import FakeCompiler, model_json
from tests.fakes.faulty_proxy import FaultyProxy, faulty_proxy

MOST = 1 << 20


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "model.json").write_bytes(model_json(0.5, -0.25))
    (tmp_path / "config.json").write_bytes(b"{}")
    (tmp_path / "notes.txt").write_bytes(b"a data scientist's own")
    return tmp_path


@pytest.fixture
def artifacts() -> MemoryArtifacts:
    return MemoryArtifacts()


def publish(source: Path, artifacts: ArtifactStore, version: str = "1", **metrics: JsonValue) -> str:
    manifest = publish_bundle(
        source, name="social", version=version, artifacts=artifacts, metrics=metrics, compile_native=FakeCompiler()
    )
    return manifest.digest


def newest(artifacts: ArtifactStore) -> str:
    return read_manifest(artifacts.read("social/manifest.json", MOST).data).digest


def test_the_manifest_comes_last_and_with_everything_in_place(source: Path, artifacts: MemoryArtifacts) -> None:
    assert publish(source, artifacts, auc=0.77) == newest(artifacts)
    files = ["config.json", "linear.npz", "model.json", "model.onnx", "manifest.json"]
    assert artifacts.writes == [*(f"social/versions/1/{file}" for file in files), "social/manifest.json"]
    assert read_manifest(artifacts.objects["social/manifest.json"]).metrics == {"auc": 0.77}
    assert [path.name for path in sorted(source.iterdir())] == ["config.json", "model.json", "notes.txt"]


def test_old_versions_stay(source: Path, artifacts: MemoryArtifacts) -> None:
    first = publish(source, artifacts, "1")
    (source / "model.json").write_bytes(model_json(0.5, 0.5))
    assert publish(source, artifacts, "2") == newest(artifacts) != first
    assert read_manifest(artifacts.objects["social/versions/1/manifest.json"]).digest == first
    assert artifacts.objects["social/versions/1/model.json"] == model_json(0.5, -0.25)


def test_a_version_is_never_written_over(source: Path, artifacts: MemoryArtifacts) -> None:
    first = publish(source, artifacts, "1")
    before = dict(artifacts.objects)
    (source / "model.json").write_bytes(model_json(0.5, 0.5))
    with pytest.raises(ArtifactConflict):
        publish(source, artifacts, "1")
    assert artifacts.objects == before
    assert newest(artifacts) == first


def test_the_same_files_again_make_an_old_version_the_newest(source: Path, artifacts: MemoryArtifacts) -> None:
    first = publish(source, artifacts, "1")
    publish(source, artifacts, "2")
    assert publish(source, artifacts, "1") == newest(artifacts) == first


@pytest.mark.parametrize("writes", range(5))
def test_an_attempt_that_broke_off_switches_nothing_and_can_be_repeated(
    source: Path, artifacts: MemoryArtifacts, writes: int
) -> None:
    whole = MemoryArtifacts.put

    def breaks_off(key: str, data: bytes, **condition: object) -> str:
        if len(artifacts.writes) == writes:
            raise ArtifactsUnreachable("broke off")
        return whole(artifacts, key, data, **condition)  # type: ignore[arg-type]

    artifacts.put = breaks_off  # type: ignore[method-assign]
    with pytest.raises(ArtifactsUnreachable):
        publish(source, artifacts)
    with pytest.raises(ArtifactMissing):
        newest(artifacts)
    del artifacts.put
    assert publish(source, artifacts) == newest(artifacts)


@pytest.mark.parametrize("already", [False, True])
def test_a_bundle_that_another_published_meanwhile_is_not_switched_away(
    source: Path, artifacts: MemoryArtifacts, already: bool
) -> None:
    if already:
        publish(source, artifacts, "0")
    others: list[str] = []

    def slow(native: Path, out: Path) -> CompileReport:
        others.append(publish(source, artifacts, "theirs"))
        return FakeCompiler()(native, out)

    with pytest.raises(ArtifactConflict):
        publish_bundle(source, name="social", version="ours", artifacts=artifacts, compile_native=slow)
    assert newest(artifacts) == others[0]


def test_what_does_not_compile_is_not_published(source: Path, artifacts: MemoryArtifacts) -> None:
    (source / "model.json").write_bytes(model_json(refuse="no"))
    with pytest.raises(NativeRefusedError):
        publish(source, artifacts)
    assert artifacts.writes == []


@pytest.fixture(scope="module")
def s3() -> Iterator[FaultyProxy]:
    with aws_server() as endpoint, faulty_proxy(endpoint) as proxy:
        yield proxy


def test_a_put_whose_answer_was_lost_is_not_taken_for_anothers(source: Path, s3: FaultyProxy) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=s3.url,
        region_name="us-east-1",
        aws_access_key_id="made-up",
        aws_secret_access_key="made-up",
        config=Config(retries={"total_max_attempts": 2}),
    )
    client.create_bucket(Bucket="published")
    artifacts = S3Artifacts(client, "published")
    lost = [
        f"PUT /published/social/{key}" for key in ("versions/1/model.onnx", "versions/1/manifest.json", "manifest.json")
    ]
    for request in lost:
        s3.fail("drop answer", on=request)
    assert publish(source, artifacts) == newest(artifacts)
    assert [[request in seen for seen in s3.seen].count(True) for request in lost] == [2, 2, 2]
