"""Promotions of both models of a route under load: no request fails, and no answer mixes two promotions."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from model_store.artifacts import ArtifactStore
from model_store.folder import FolderArtifacts
from model_store.promotion import promote
from model_store.s3 import S3Artifacts
from tests.fakes.aws import CREDENTIALS, REGION, s3_client
from tests.fakes.load import FEATURES
from tests.fakes.replaying import replay_all
from tests.fakes.running import Answer, Running, ask, until
from tests.fakes.small_models import publish_small_models, publish_version

ROUTE = ("traditional", "social")
REFRESH = {"MODEL_REFRESH_SECONDS": "0.2"}
AFTER = 20
"""Answers of each client after the last promotion."""
PAUSE = 0.01
"""Seconds between a client's answer and its next request."""

Versions = Mapping[str, str]


@dataclass
class Existing:
    """A client that has one existing customer scored again and again, and keeps every answer."""

    service: Running
    customer: str
    answers: list[Answer] = field(default_factory=list)

    def run(self, over: threading.Event) -> None:
        """Ask until it is over, with room between requests for those who promote and reload on the same cores."""
        connection = self.service.connect()
        body = {"customer_id": self.customer, "features": {name: FEATURES[name] for name in ROUTE}}
        while not over.wait(PAUSE):
            self.answers.append(ask(connection, "POST", "/api/v1/predict", body))
        connection.close()

    def versions(self) -> Versions:
        """Those of its last answer."""
        versions: Versions = self.answers[-1].body["model_versions"] if self.answers else {}
        return versions


@contextmanager
def asking(service: Running, count: int) -> Iterator[list[Existing]]:
    """That many clients at work, each of whom has had an answer when the block begins."""
    clients = [Existing(service, f"CUS{i}") for i in range(count)]
    for each in clients:
        assert service.predict(each.customer, FEATURES).body["customer_type"] == "new"
    over = threading.Event()
    threads = [threading.Thread(target=each.run, args=(over,)) for each in clients]
    for thread in threads:
        thread.start()
    try:
        until(lambda: all(each.answers for each in clients))
        yield clients
    finally:
        over.set()
        for thread in threads:
            thread.join()


def promoted(artifacts: ArtifactStore, number: int) -> Versions:
    """The next version of both models of the route, promoted together."""
    versions = {name: f"{name[0]}{number}" for name in ROUTE}
    for name, version in versions.items():
        publish_version(artifacts, name, version, intercept=-2.0 - number / 100)
    promote(artifacts, versions, by="a test")
    return versions


def check(service: Running, artifacts: ArtifactStore, promotions: int) -> None:
    """Promote so often under load, the next one once the last one is in an answer on every client's connection."""
    sets: list[Versions] = [dict.fromkeys(ROUTE, "1")]
    with asking(service, 4) as clients:
        for number in range(promotions):
            sets.append(promoted(artifacts, number))
            until(lambda: all(each.versions() == sets[-1] for each in clients))
        before = [len(each.answers) for each in clients]
        until(lambda: all(len(each.answers) > had + AFTER for each, had in zip(clients, before, strict=True)))

    answers = [answer for each in clients for answer in each.answers]
    assert {answer.status for answer in answers} == {200}
    assert [answer.body for answer in answers if answer.body.get("degraded") or not answer.body["stored"]] == []
    seen = {tuple(sorted(answer.body["model_versions"].items())) for answer in answers}
    assert seen == {tuple(sorted(each.items())) for each in sets}
    last = {answer.body["aggregated_score"] for each in clients for answer in each.answers[-AFTER:]}
    assert len(last) == 1
    assert replay_all(service).equal == len(answers) + len(clients)


def test_a_hundred_promotions_fail_no_request_and_mix_no_answer(data_dir: Path) -> None:
    with Running(data_dir, REFRESH, workers=2) as service:
        check(service, FolderArtifacts(data_dir / "models"), promotions=100)
        assert "promotion_refused" not in service.log()


def test_a_tampered_promotion_is_refused_by_every_worker_and_the_old_set_serves_on(data_dir: Path) -> None:
    artifacts = FolderArtifacts(data_dir / "models")
    with Running(data_dir, REFRESH, workers=2) as service, asking(service, 4) as clients:
        for name in ROUTE:
            publish_version(artifacts, name, "2")
        graph = data_dir / "models" / "social" / "versions" / "2" / "model.onnx"
        graph.write_bytes(graph.read_bytes()[:-1])
        promote(artifacts, dict.fromkeys(ROUTE, "2"), by="a test")
        until(lambda: service.log().count('"promotion_refused"') >= 2)
        before = [len(each.answers) for each in clients]
        until(lambda: all(len(each.answers) > had + AFTER for each, had in zip(clients, before, strict=True)))
        health = service.call("GET", "/health").body
        refused = [line for line in map(json.loads, service.log().splitlines()) if "promotion" in line]
    assert {answer.status for each in clients for answer in each.answers} == {200}
    assert {version for each in clients for one in each.answers for version in one.body["model_versions"].values()} == {
        "1"
    }
    assert health["status"] == "degraded"
    assert len(refused) == 2, "once for each worker"
    assert {(line["event"], line["model"], tuple(line["together"])) for line in refused} == {
        ("promotion_refused", "social", tuple(sorted(ROUTE)))
    }


def test_on_s3_and_dynamodb_too(tmp_path: Path, aws_endpoint: str) -> None:
    name = f"promotions-{uuid.uuid4().hex[:12]}"
    client = s3_client(aws_endpoint)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    artifacts = S3Artifacts(client, name)
    publish_small_models(artifacts)
    settings = {
        "ML_DATA_BUCKET": name,
        "CUSTOMER_TABLE_NAME": name,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": aws_endpoint,
        "TABLE_TIMEOUT_SECONDS": "30",
        **CREDENTIALS,
        **REFRESH,
    }
    service = Running(tmp_path, settings, workers=2)
    service.flask("db", "create")
    with service:
        check(service, artifacts, promotions=5)
