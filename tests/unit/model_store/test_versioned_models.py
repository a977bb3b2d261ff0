"""Old versions are loaded again: exactly the one that a record names, or none."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model_store.cache import DiskCache
from model_store.promotion import promote, retire
from model_store.publish import publish_bundle
from model_store.signing import ANYBODY, SigningKey, Trust
from model_store.versioned_models import REMEMBERED, VersionedModels
from routing.catalog import ModelVersions
from scoring.errors import ModelUnavailable
from scoring.scale import ScoreScale, pd_of
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.bundles import FakeCompiler, FakeNativeScorers, model_json
from tests.fakes.machine import ROW

NAME = "social"


class Bank:
    """A store with models, and a machine that replays."""

    def __init__(self, disk: Path) -> None:
        self.disk, self.artifacts = disk, MemoryArtifacts()
        self.compiler, self.natives = FakeCompiler(), FakeNativeScorers()

    def publish(self, version: str, *coefficients: float, key: SigningKey | None = None, **more: object) -> str:
        source = self.disk / "source"
        source.mkdir(exist_ok=True)
        (source / "model.json").write_bytes(model_json(*coefficients or (0.5, -0.25), **more))  # type: ignore[arg-type]
        done = publish_bundle(
            source, name=NAME, version=version, artifacts=self.artifacts, key=key, compile_native=self.compiler
        )
        return done.digest

    def models(self, trust: Trust = ANYBODY) -> ModelVersions:
        return VersionedModels(
            self.artifacts,
            DiskCache(self.disk / "cache"),
            self.natives,
            ScoreScale(),
            trust,
            compile_native=self.compiler,
        )


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(tmp_path)


def pd(models: ModelVersions, version: str, digest: str) -> float:
    return pd_of(models.model(NAME, version, digest).score([ROW])[0])


def reason(models: ModelVersions, version: str, digest: str, name: str = NAME) -> str:
    with pytest.raises(ModelUnavailable) as unavailable:
        models.model(name, version, digest)
    return unavailable.value.reason


def test_every_version_is_loaded_as_it_was(bank: Bank) -> None:
    first, second = bank.publish("1", 0.5, 1.0), bank.publish("2", -0.5, 1.0)
    promote(bank.artifacts, {NAME: "2"}, by="ann")
    retire(bank.artifacts, NAME, "1", by="ann", reason="too old")
    models = bank.models()
    found = [pd(models, "1", first), pd(models, "2", second)]
    assert found[0] != found[1]
    old = models.model(NAME, "1", first)
    assert (old.name, old.version, old.digest) == (NAME, "1", first)
    bank.artifacts.down = True
    assert [pd(models, "1", first), pd(bank.models(), "1", first)] == [found[0]] * 2


def test_only_the_very_bundle_that_is_named_is_loaded(bank: Bank) -> None:
    first, second = bank.publish("1", 0.5, 1.0), bank.publish("2", -0.5, 1.0)
    models = bank.models()
    assert reason(models, "1", second).endswith(f"the store holds something else under it, with digest {first}")
    assert pd(models, "1", first)
    assert "its digest is that of social, version 1" in reason(models, "2", first)
    assert reason(models, "9", "0" * 64) == f"version 9 with digest {'0' * 64} is gone from the model store"


@pytest.mark.parametrize(("name", "digest"), [("../x", "0" * 64), (NAME, "../../x"), ("x" * 90, "0" * 64), (NAME, "")])
def test_a_name_that_leads_elsewhere_is_no_bundles(bank: Bank, name: str, digest: str) -> None:
    assert "no bundle's name" in reason(bank.models(), "1", digest, name)
    assert not (bank.disk / "cache").exists()


def test_what_was_tampered_with_is_not_loaded(bank: Bank) -> None:
    digest = bank.publish("1")
    bank.artifacts.objects[f"{NAME}/versions/1/model.onnx"] = b"something else"
    assert "was refused: model.onnx" in reason(bank.models(), "1", digest)
    del bank.artifacts.objects[f"{NAME}/versions/1/model.onnx"]
    assert "model.onnx, which its manifest lists, is missing" in reason(bank.models(), "1", digest)


def test_signatures_are_required_of_old_versions_too(bank: Bank) -> None:
    key = SigningKey.generate(bank.disk / "key.pem")
    (bank.disk / "trusted").write_text(key.public_pem())
    strict = Trust.load(bank.disk / "trusted", required=True)
    unsigned, signed = bank.publish("1"), bank.publish("2", 1.0, 1.0, key=key)
    assert pd(bank.models(), "1", unsigned)
    assert "it is not signed" in reason(bank.models(strict), "1", unsigned)
    assert pd(bank.models(strict), "2", signed)


def flat(bank: Bank) -> tuple[str, str]:
    """(version, digest) of the model that lies flat."""
    from model_store.bundle import flat

    digest = flat(bank.artifacts, NAME, bank.compiler).digest
    return f"flat-{digest[:12]}", digest


def test_flat_files_are_loaded_while_they_are_the_same(bank: Bank) -> None:
    bank.artifacts.objects[f"{NAME}/model.json"] = model_json(0.5, -0.25)
    version, digest = flat(bank)
    assert "not published and signed" in reason(bank.models(Trust({}, required=True)), version, digest)
    assert bank.compiler.calls == 0
    assert pd(bank.models(), version, digest)
    bank.artifacts.objects[f"{NAME}/model.json"] = model_json(0.5, 0.5)
    assert pd(bank.models(), version, digest)
    now = flat(bank)
    assert "the store holds something else" in reason(bank.models(), now[0], digest[::-1])
    assert bank.compiler.calls == 1


def test_an_unreachable_store_says_so_and_is_asked_again(bank: Bank) -> None:
    digest = bank.publish("1")
    models = bank.models()
    bank.artifacts.down = True
    assert reason(models, "1", digest) == f"version 1 with digest {digest} is out of reach"
    bank.artifacts.down = False
    assert pd(models, "1", digest)


def test_points_are_read_on_the_scale_in_force_when_they_were_given(bank: Bank) -> None:
    """The unit of a bundle that gives points and names no scale is the service's; that of a record is its own."""
    digest = bank.publish("points", 10.0, 10.0, intercept=600.0, output="score")
    models, before = bank.models(), ScoreScale(base_points=500.0, base_odds=10.0, pdo=20.0)
    points = 600.0 + 10.0 * sum(ROW)
    for scale in (ScoreScale(), before):
        assert models.model(NAME, "points", digest, scale).score([ROW])[0] == scale.log_odds(points)
    assert models.model(NAME, "points", digest).score([ROW])[0] == ScoreScale().log_odds(points)


def test_a_few_models_stay_loaded_and_the_rest_is_let_go(bank: Bank) -> None:
    digests = {f"v{i}": bank.publish(f"v{i}", 0.1 * i, 1.0, native=True) for i in range(REMEMBERED + 2)}
    models = bank.models()
    loaded = [models.model(NAME, version, digest) for version, digest in digests.items()]
    assert models.model(NAME, "v9", digests["v9"]) is loaded[9]
    assert len(bank.natives.alive) == len(digests)
    del loaded
    assert len(bank.natives.alive) == REMEMBERED


def test_who_asks_for_the_same_at_once_gets_the_same(bank: Bank) -> None:
    bank.artifacts.objects[f"{NAME}/model.json"] = model_json(0.5, -0.25)
    version, digest = flat(bank)
    models = bank.models()
    bank.compiler.hold.clear()
    threading.Timer(0.05, bank.compiler.hold.set).start()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: models.model(NAME, version, digest), range(8)))
    assert len(set(map(id, found))) == 1
    assert bank.compiler.calls == 1
