"""Every version that the store keeps: to be listed, to be read, and to score once more as it did."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from concurrent.futures import Future
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from model_store.artifacts import ArtifactError, ArtifactMissing, ArtifactStore, ArtifactTooLarge
from model_store.bundle import FLAT_VERSION, BundleRefused, Flat, Published, flat
from model_store.cache import DiskCache
from model_store.compiled import Compile
from model_store.loading import NativeScorerFactory, load
from model_store.manifest import LARGEST_MANIFEST, MANIFEST, Manifest, ManifestError, read_manifest
from model_store.model import BundleModel
from model_store.native import compile_native as compile_in_child
from model_store.signing import Trust
from routing.ports import Model
from routing.routes import NAME
from scoring.errors import ModelUnavailable
from scoring.scale import ScoreScale

RETIRED: Final = "retired.json"
"""Beside a version's manifest: who withdrew it, when and why. It can be replayed, but not promoted."""
REMEMBERED: Final = 8
_DIGEST = re.compile(r"[0-9a-f]{64}")


def version_names(artifacts: ArtifactStore, name: str) -> list[str]:
    """Every published version of a model, usable or not, by name. Raises ArtifactsUnreachable."""
    parts = (key.split("/") for key in artifacts.keys(f"{name}/versions"))
    return [
        each[2] for each in parts if len(each) == len(("name", "versions", "version", MANIFEST)) and each[3] == MANIFEST
    ]


def versions(artifacts: ArtifactStore, name: str) -> list[Manifest]:
    """Every published version of a model that can be read, the newest first. Raises ArtifactsUnreachable."""
    found = []
    for version in version_names(artifacts, name):
        try:
            found.append(read_version(artifacts, name, version))
        except BundleRefused:
            continue
    return sorted(found, key=lambda manifest: (manifest.created_at, manifest.version), reverse=True)


def read_version(artifacts: ArtifactStore, name: str, version: str) -> Manifest:
    """The manifest of a published version. Raises ArtifactMissing, ArtifactsUnreachable, BundleRefused."""
    try:
        raw = artifacts.read(f"{name}/versions/{version}/{MANIFEST}", LARGEST_MANIFEST).data
    except ArtifactMissing as error:
        raise ArtifactMissing(f"there is no version {version} of {name}") from error
    except ArtifactTooLarge as error:
        raise BundleRefused(None, "its manifest is too large") from error
    except ValueError as error:
        raise ArtifactMissing(f"{version[:100]!r} of {name[:100]!r} is no version's name") from error
    try:
        manifest = read_manifest(raw)
    except ManifestError as error:
        raise BundleRefused(sha256(raw).hexdigest(), str(error)) from error
    if (manifest.name, manifest.version) != (name, version):
        raise BundleRefused(manifest.digest, f"its manifest is of {manifest.name}, version {manifest.version}")
    return manifest


def is_retired(artifacts: ArtifactStore, name: str, version: str) -> bool:
    """Whether a version was withdrawn. Raises ArtifactsUnreachable."""
    try:
        artifacts.etag(f"{name}/versions/{version}/{RETIRED}")
    except ArtifactMissing:
        return False
    return True


Wanted = tuple[str, str, str, ScoreScale]
"""Name, version, digest, and the scale for a bundle that names none."""


class VersionedModels:
    """Implements routing.catalog.ModelVersions over the disk cache and the store; safe to share between threads.

    The last REMEMBERED models stay loaded. `scale`: today's.
    """

    def __init__(
        self,
        artifacts: ArtifactStore,
        cache: DiskCache,
        native_scorer: NativeScorerFactory,
        scale: ScoreScale,
        trust: Trust,
        *,
        compile_native: Compile = compile_in_child,
    ) -> None:
        self._artifacts, self._cache, self._trust = artifacts, cache, trust
        self._native_scorer, self._scale, self._compile_native = native_scorer, scale, compile_native
        self._models: OrderedDict[Wanted, Future[BundleModel]] = OrderedDict()
        self._lock = threading.Lock()

    def model(self, name: str, version: str, digest: str, scale: ScoreScale | None = None) -> Model:
        """See ModelVersions."""
        wanted = (name, version, digest, scale or self._scale)
        with self._lock:
            asked = self._models.get(wanted)
            if is_first := asked is None:
                asked = self._models[wanted] = Future()
            self._models.move_to_end(wanted)
            while len(self._models) > REMEMBERED:
                self._models.popitem(last=False)
        assert asked is not None  # noqa: S101 # it was made if it was not there
        if is_first:
            self._load(asked, wanted)
        return asked.result()

    def _load(self, into: Future[BundleModel], wanted: Wanted) -> None:
        try:
            into.set_result(self._loaded(*wanted))
        except BaseException as error:
            with self._lock:
                self._models.pop(wanted, None)
            into.set_exception(_told(error, *wanted[:3]))

    def _loaded(self, name: str, version: str, digest: str, scale: ScoreScale) -> BundleModel:
        if not (NAME.fullmatch(name) and _DIGEST.fullmatch(digest)):
            raise BundleRefused(digest, "that is no bundle's name and digest")
        is_flat = version.startswith(FLAT_VERSION)
        if is_flat:
            self._trust.check_flat(digest)
        entry = self._cache.entry(name, digest, partial(self._fill, name, version, digest))
        manifest = entry.manifest
        if (manifest.name, manifest.version) != (name, version) or not (is_flat or manifest.digest == digest):
            raise BundleRefused(digest, f"its digest is that of {manifest.name}, version {manifest.version}")
        if not is_flat:
            self._trust.check(manifest)
        return load(entry, self._native_scorer, scale)

    def _fill(self, name: str, version: str, digest: str, folder: Path) -> Manifest:
        return self._offered(name, version, digest).fill(folder)

    def _offered(self, name: str, version: str, digest: str) -> Published | Flat:
        """What the store has under this version, if it is this very bundle."""
        found: Published | Flat
        if version.startswith(FLAT_VERSION):
            found = flat(self._artifacts, name, self._compile_native)
        else:
            found = Published(self._artifacts, read_version(self._artifacts, name, version))
            self._trust.check(found.manifest)
        if found.digest != digest:
            raise BundleRefused(digest, f"the store holds something else under it, with digest {found.digest}")
        return found


def _told(error: BaseException, name: str, version: str, digest: str) -> BaseException:
    """What cannot be helped here, as the reason why this version is not there; a defect stays what it is."""
    which = f"version {version} with digest {digest}"
    match error:
        case ArtifactMissing():
            return ModelUnavailable(name, f"{which} is gone from the model store")
        case BundleRefused():
            return ModelUnavailable(name, f"{which} was refused: {error}")
        case ArtifactError():
            return ModelUnavailable(name, f"{which} is out of reach")
        case OSError():
            return ModelUnavailable(name, f"{which} cannot be kept on this machine's disk")
    return error
