"""A machine with a disk, on which processes with loaded models come and go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from model_store.promotion import promote
from model_store.publish import publish_bundle
from model_store.signing import ANYBODY, SigningKey, Trust
from model_store.store import LoadedModels
from scoring.errors import ModelUnavailable
from scoring.scale import ScoreScale, pd_of
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.bundles import FakeCompiler, FakeNativeScorers

ROW = (1.0, 2.0)
NAME = "social"


@dataclass
class Machine:
    """A machine with a disk; every `models()` is a new process on it."""

    disk: Path
    artifacts: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    compiler: FakeCompiler = field(default_factory=FakeCompiler)
    natives: FakeNativeScorers = field(default_factory=FakeNativeScorers)
    started: list[LoadedModels] = field(default_factory=list)

    def models(
        self, *names: str, convert_again_s: float = 600, trust: Trust = ANYBODY, refresh_seconds: float = 0.06
    ) -> LoadedModels:
        made = LoadedModels(
            self.artifacts,
            names or (NAME,),
            self.disk / "cache",
            compile_native=self.compiler,
            native_scorer=self.natives,
            scale=ScoreScale(),
            trust=trust,
            refresh_seconds=refresh_seconds,
            first_wait=0.01,
            longest_wait=0.02,
            convert_again_s=convert_again_s,
        )
        self.started.append(made)
        return made

    def put_flat(self, model: bytes, name: str = NAME) -> None:
        self.artifacts.objects[f"{name}/model.json"] = model

    def publish(self, model: bytes, version: str = "1", name: str = NAME) -> None:
        """Publish a version and promote it."""
        self.keep(model, version, name)
        promote(self.artifacts, {name: version}, by="a test")

    def keep(
        self, model: bytes, version: str = "1", name: str = NAME, *, key: SigningKey | None = None, **beside: bytes
    ) -> None:
        """Publish a version and leave the switches alone. `validation_npz=data` puts validation.npz beside it."""
        with TemporaryDirectory() as folder:
            Path(folder, "model.json").write_bytes(model)
            for file, data in beside.items():
                Path(folder, file.replace("_", ".")).write_bytes(data)
            publish_bundle(
                Path(folder),
                name=name,
                version=version,
                artifacts=self.artifacts,
                key=key,
                compile_native=FakeCompiler(),
            )

    def promote(self, **versions: str) -> str:
        """Promote versions together and give the promotion's id. `a__b="1"` promotes version 1 of a as a@b."""
        together = {name.replace("__", "@"): version for name, version in versions.items()}
        return promote(self.artifacts, together, by="a test").id

    def cached(self, name: str = NAME) -> list[str]:
        """What lies in the model's folder of the cache, hidden files included."""
        return sorted(path.name for path in (self.disk / "cache" / name).iterdir())


def eventually(holds: Callable[[], bool]) -> None:
    """Return once it holds; fail if it never does."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        threading.Event().wait(0.002)


def pd(models: LoadedModels, name: str = NAME) -> float:
    """What the model says of `ROW`."""
    return pd_of(models.get(name).score([ROW])[0])


def problem(models: LoadedModels) -> str | None:
    return models.status()[0].problem


def reason(models: LoadedModels, name: str = NAME) -> str:
    """Why the model is not there."""
    with pytest.raises(ModelUnavailable) as caught:
        models.get(name)
    return caught.value.reason
