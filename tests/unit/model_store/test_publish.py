"""Publishing: a version is written once, whole, and switches nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import numpy as np
import pytest
from botocore.config import Config
from pydantic import JsonValue

from model_store.artifacts import ArtifactConflict, ArtifactMissing, ArtifactStore, ArtifactsUnreachable
from model_store.card import CardError, read_card
from model_store.manifest import ManifestError
from model_store.native import NativeRefusedError
from model_store.promotion import promote
from model_store.publish import publish_bundle
from model_store.s3 import S3Artifacts
from model_store.signing import SigningKey
from model_store.switch import read_switch
from model_store.validation import ValidationSet, ValidationSetError
from model_store.versions import read_version
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.aws import aws_server
from tests.fakes.bundles import FakeCompiler, model_json
from tests.fakes.cards import card
from tests.fakes.faulty_proxy import FaultyProxy, faulty_proxy


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


def held(artifacts: ArtifactStore, version: str = "1") -> str:
    return read_version(artifacts, "social", version).digest


def test_the_manifest_comes_last_and_nothing_is_switched(source: Path, artifacts: MemoryArtifacts) -> None:
    assert publish(source, artifacts, auc=0.77) == held(artifacts)
    files = ["config.json", "linear.npz", "model.json", "model.onnx", "manifest.json"]
    assert artifacts.writes == [f"social/versions/1/{file}" for file in files]
    assert read_version(artifacts, "social", "1").metrics == {"auc": 0.77}
    assert [path.name for path in sorted(source.iterdir())] == ["config.json", "model.json", "notes.txt"]


def test_card_and_validation_set_are_files_of_the_bundle(source: Path, artifacts: MemoryArtifacts) -> None:
    (source / "card.json").write_bytes(card().to_bytes())
    validation = ValidationSet(np.zeros((2, 2)), np.array([0.0, 1.0]), {}, "a sample")
    (source / "validation.npz").write_bytes(validation.to_bytes())
    publish(source, artifacts)
    assert {"card.json", "validation.npz"} < set(read_version(artifacts, "social", "1").files)
    assert read_card(artifacts.objects["social/versions/1/card.json"]) == card()


@pytest.mark.parametrize("file", ["card.json", "validation.npz"])
def test_a_card_or_validation_set_that_is_none_is_not_published(
    source: Path, artifacts: MemoryArtifacts, file: str
) -> None:
    (source / file).write_bytes(b"{}")
    with pytest.raises((CardError, ValidationSetError)):
        publish(source, artifacts)
    assert artifacts.writes == []


def test_old_versions_stay(source: Path, artifacts: MemoryArtifacts) -> None:
    first = publish(source, artifacts, "1")
    (source / "model.json").write_bytes(model_json(0.5, 0.5))
    assert publish(source, artifacts, "2") == held(artifacts, "2") != first
    assert held(artifacts, "1") == first
    assert artifacts.objects["social/versions/1/model.json"] == model_json(0.5, -0.25)


def test_a_version_is_never_written_over(source: Path, artifacts: MemoryArtifacts) -> None:
    publish(source, artifacts, "1")
    before = dict(artifacts.objects)
    (source / "model.json").write_bytes(model_json(0.5, 0.5))
    with pytest.raises(ArtifactConflict):
        publish(source, artifacts, "1")
    assert artifacts.objects == before


def test_the_same_files_again_are_the_version_that_is_there(source: Path, artifacts: MemoryArtifacts) -> None:
    first = publish(source, artifacts, "1")
    before = dict(artifacts.objects)
    assert publish(source, artifacts, "1") == first
    assert artifacts.objects == before


def test_a_bundle_is_signed_when_it_is_published_or_never(
    source: Path, artifacts: MemoryArtifacts, tmp_path: Path
) -> None:
    key = SigningKey.generate(tmp_path / "key.pem")
    for version in ("1", "1"):
        publish_bundle(
            source, name="social", version=version, artifacts=artifacts, key=key, compile_native=FakeCompiler()
        )
    signature = read_version(artifacts, "social", "1").signature
    assert signature is not None
    assert signature.key_id == key.key_id
    publish(source, artifacts, "2")
    with pytest.raises(ArtifactConflict, match="without this key's signature"):
        publish_bundle(source, name="social", version="2", artifacts=artifacts, key=key, compile_native=FakeCompiler())


def test_the_names_of_flat_versions_are_not_for_published_ones(source: Path, artifacts: MemoryArtifacts) -> None:
    with pytest.raises(ManifestError, match="flat-"):
        publish(source, artifacts, "flat-1")
    assert artifacts.writes == []


@pytest.mark.parametrize("writes", range(5))
def test_an_attempt_that_broke_off_leaves_no_version_and_can_be_repeated(
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
        held(artifacts)
    del artifacts.put
    assert publish(source, artifacts) == held(artifacts)


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
    lost = [f"PUT /published/social/versions/1/{file}" for file in ("model.onnx", "manifest.json")]
    lost.append("PUT /published/social/manifest.json")
    for request in lost:
        s3.fail("drop answer", on=request)
    digest = publish(source, artifacts)
    promote(artifacts, {"social": "1"}, by="ann")
    assert read_switch(artifacts, "social")[0].manifest.digest == digest == held(artifacts)
    assert [[request in seen for seen in s3.seen].count(True) for request in lost] == [2, 2, 2]
