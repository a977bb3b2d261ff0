"""Old versions at work again: each scores as it did when it served."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Final

from model_store.artifacts import ArtifactError, ArtifactMissing, ArtifactStore
from model_store.bundle import FLAT_VERSION, BundleRefused, Flat, Published, flat
from model_store.cache import DiskCache
from model_store.compiled import Compile
from model_store.loading import NativeScorerFactory, load
from model_store.manifest import Manifest
from model_store.model import BundleModel
from model_store.native import compile_native as compile_in_child
from model_store.signing import Trust
from model_store.versions import read_version
from routing.ports import Model
from routing.routes import NAME
from scoring.errors import ModelUnavailable
from scoring.scale import ScoreScale

REMEMBERED: Final = 8
_DIGEST = re.compile(r"[0-9a-f]{64}")
Asked = tuple[str, str, str, ScoreScale]
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
        self._models: OrderedDict[Asked, Future[BundleModel]] = OrderedDict()
        self._lock = threading.Lock()

    def model(self, name: str, version: str, digest: str, scale: ScoreScale | None = None) -> Model:
        """See ModelVersions."""
        asked = (name, version, digest, scale or self._scale)
        with self._lock:
            is_first = asked not in self._models
            loading = self._models.setdefault(asked, Future())
            self._models.move_to_end(asked)
            while len(self._models) > REMEMBERED:
                self._models.popitem(last=False)
        if is_first:
            self._load(loading, asked)
        return loading.result()

    def _load(self, into: Future[BundleModel], asked: Asked) -> None:
        try:
            into.set_result(self._loaded(*asked))
        except BaseException as error:
            with self._lock:
                self._models.pop(asked, None)
            into.set_exception(_told(error, *asked[:3]))

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
