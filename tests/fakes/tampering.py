"""A promoted bundle, and hands that spoil it."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model_store.manifest import read_manifest
from model_store.signing import SigningKey
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.machine import NAME

SWITCH, VERSION = f"{NAME}/manifest.json", f"{NAME}/versions/2"


class Hostile:
    """Unpickled, it makes the canary."""

    def __init__(self, canary: Path) -> None:
        self._code = f"open({str(canary)!r}, 'w').close()"

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return exec, (self._code,)


@dataclass
class Case:
    """Version 2 of the model, signed and promoted over version 1, for a tamperer to spoil."""

    artifacts: MemoryArtifacts
    trusted: SigningKey
    stranger: SigningKey
    canary: Path

    def file(self, name: str) -> bytes:
        return self.artifacts.objects[f"{VERSION}/{name}"]

    def put(self, name: str, data: bytes) -> None:
        """Another file in the version's place; its manifest stays."""
        self.artifacts.objects[f"{VERSION}/{name}"] = data

    def rewrite(self, change: Callable[[dict[str, Any]], None], key: SigningKey | None = None) -> None:
        """Another manifest, in the version and in the switch, which then belong together; signed by `key` if given."""
        plain = json.loads(self.file("manifest.json"))
        change(plain)
        manifest = read_manifest(json.dumps(plain).encode())
        manifest = key.sign(manifest) if key else manifest
        self.put("manifest.json", manifest.to_bytes())
        switch = {**json.loads(manifest.to_bytes()), "changes": self.switch()["changes"]}
        switch["changes"][-1]["digest"] = manifest.digest
        self.artifacts.objects[SWITCH] = json.dumps(switch).encode()

    def switch(self) -> dict[str, Any]:
        plain: dict[str, Any] = json.loads(self.artifacts.objects[SWITCH])
        return plain

    def instead(self, name: str, data: bytes, key: SigningKey | None = None) -> None:
        """Another file, and a manifest that vouches for it."""
        self.put(name, data)
        entry = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        self.rewrite(lambda plain: plain["files"].update({name: entry}), key)

    def raw_switch(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Another switch, whatever becomes of it."""
        plain = self.switch()
        change(plain)
        self.artifacts.objects[SWITCH] = json.dumps(plain).encode()

    def hostile_pickle(self) -> bytes:
        return pickle.dumps(Hostile(self.canary))

    def hostile_arrays(self, name: str) -> bytes:
        """An .npz whose array is a pickle."""
        packed = io.BytesIO()
        np.savez(packed, **{name: np.array([Hostile(self.canary)], dtype=object)})  # type: ignore[arg-type] # a name
        return packed.getvalue()
