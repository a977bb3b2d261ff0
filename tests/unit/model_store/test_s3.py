"""S3 that is slow, breaks off, refuses or lies: never more bytes, time or certainty than there is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from model_store.artifacts import ArtifactsUnreachable, ArtifactTooLarge
from model_store.promotion import promote
from model_store.publish import publish_bundle
from model_store.s3 import S3Artifacts
from model_store.store import LoadedModels
from scoring.scale import ScoreScale
from tests.fakes.aws import aws_server, s3_client
from tests.fakes.bundles import FakeCompiler, FakeNativeScorers, model_json
from tests.fakes.faulty_proxy import Fault, faulty_proxy

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY = "social/model.onnx"
SAID = 1 << 30
PIECE = 16 << 10


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, behaviour: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behaviour, self.closing = behaviour, threading.Event()

    def handle_error(self, *_: object) -> None:
        """A client that went away is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    """Says that a gigabyte comes, sends a piece of it, and then does what its server's `behaviour` says."""

    def do_GET(self) -> None:
        server: Any = self.server
        if server.behaviour.isdigit():
            self.send_response(int(server.behaviour))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Length", str(SAID))
        self.send_header("ETag", '"made-up"')
        self.end_headers()
        self.wfile.write(b"x" * PIECE)
        if server.behaviour == "stalls":
            server.closing.wait()
        while server.behaviour == "drips" and not server.closing.wait(0.01):
            self.wfile.write(b"x" * PIECE)

    def log_message(self, *_: object) -> None:
        """The tests' output is for failures."""


def impatient_client(endpoint: str) -> S3Client:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="eu-central-1",
        aws_access_key_id="made-up",
        aws_secret_access_key="made-up",
        config=Config(connect_timeout=0.3, read_timeout=0.3, retries={"total_max_attempts": 1}),
    )


@contextmanager
def bucket(behaviour: str, download_s: float = 60.0) -> Iterator[S3Artifacts]:
    server = _Server(behaviour)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    client = impatient_client(f"http://127.0.0.1:{server.server_address[1]}")
    try:
        yield S3Artifacts(client, "bucket", download_s)
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
        client.close()


@pytest.mark.parametrize("behaviour", ["stalls", "dies", "403", "500", "503"])
def test_a_read_that_gets_no_whole_answer_knows_nothing(behaviour: str) -> None:
    with bucket(behaviour) as artifacts, pytest.raises(ArtifactsUnreachable):
        artifacts.read(KEY, SAID)


def test_a_read_that_never_ends_is_given_up() -> None:
    with bucket("drips", download_s=0.05) as artifacts, pytest.raises(ArtifactsUnreachable, match="within"):
        artifacts.read(KEY, SAID)


def test_an_object_that_is_too_large_is_not_downloaded() -> None:
    with bucket("stalls") as artifacts, pytest.raises(ArtifactTooLarge):
        artifacts.read(KEY, SAID - 1)


@pytest.mark.parametrize("fault", ["reset", "cut answer", "hang"])
def test_models_survive_s3_breaking_off_in_mid_download(tmp_path: Path, fault: Fault) -> None:
    with aws_server() as endpoint, faulty_proxy(endpoint) as proxy:
        name = f"models-{fault}".replace(" ", "-")
        s3_client(endpoint).create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        publish_bundle(
            native_folder(tmp_path),
            name="social",
            version="1",
            artifacts=S3Artifacts(s3_client(endpoint), name),
            compile_native=FakeCompiler(),
        )
        promote(S3Artifacts(s3_client(endpoint), name), {"social": "1"}, by="a test")
        proxy.fail(fault, on="model.onnx")
        models = LoadedModels(
            S3Artifacts(impatient_client(proxy.url), name),
            ["social"],
            tmp_path / "cache",
            compile_native=FakeCompiler(),
            native_scorer=FakeNativeScorers(),
            scale=ScoreScale(),
        )
        assert not models.refresh("social")
        assert models.status()[0].problem == "its files are out of reach"
        assert list((tmp_path / "cache" / "social").iterdir()) == []
        assert models.refresh("social")
        assert models.get("social").score([(1.0, 2.0)]) == pytest.approx([-1.0])


def native_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "native"
    folder.mkdir()
    (folder / "model.json").write_bytes(model_json(0.5, -0.25))
    return folder
