"""One bundle, wanted and then loaded: brought here, trusted, verified, compared with its golden rows, warm."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from model_store.artifacts import ArtifactMissing, ArtifactStore
from model_store.bundle import BundleRefused, Flat, NotConvertible, Published, flat
from model_store.cache import DiskCache, Entry
from model_store.card import CARD, CardError, read_card
from model_store.compiled import Compile
from model_store.last_good import Good
from model_store.loading import NativeScorerFactory, load
from model_store.manifest import Manifest
from model_store.model import BundleModel
from model_store.offers import Wanted
from model_store.signing import Trust
from model_store.versions import read_version
from scoring.scale import ScoreScale

_log = logging.getLogger(__name__)

_REMEMBERED: Final = 256
_NO_CARD: Final = "Its card.json is not a model card."


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model with what is known of its bundle. `card`: as plain JSON, None where there is none to show."""

    model: BundleModel
    manifest: Manifest
    served: Literal["onnx", "native"]
    card: Mapping[str, Any] | None
    notes: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        """(name, digest): the same for the same bundle."""
        return self.model.name, self.model.digest


class Loader:
    """Loads bundles for a service; safe to share between threads.

    A bundle that was refused is refused again at once, for `again_s`: nothing is fetched or opened meanwhile. `trust`
    is asked before anything of a bundle is fetched, and of a copy before it is opened.
    """

    def __init__(
        self,
        artifacts: ArtifactStore,
        cache: DiskCache,
        *,
        compile_native: Compile,
        native_scorer: NativeScorerFactory,
        scale: ScoreScale,
        trust: Trust,
        again_s: float,
    ) -> None:
        self._artifacts, self._cache, self._trust, self._again_s = artifacts, cache, trust, again_s
        self._compile_native, self._native_scorer, self._scale = compile_native, native_scorer, scale
        self._refusals: OrderedDict[str, tuple[float, type[BundleRefused], str]] = OrderedDict()
        self._flat_digests: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def wanted(self, wanted: Wanted, held: Mapping[tuple[str, str], Loaded]) -> Loaded:
        """The bundle that is wanted, or the one of these that it is. Raises BundleRefused, ArtifactError, OSError."""
        if wanted.is_flat:
            return self._flat(wanted, held)
        assert wanted.digest is not None  # noqa: S101 # only a flat one has none
        if found := held.get((wanted.name, wanted.digest)):
            return found
        self._refuse_again(wanted.digest)
        try:
            return self._published(wanted, wanted.digest)
        except BundleRefused as refused:
            self._remember(wanted.digest, refused)
            raise

    def copy(self, good: Good, held: Mapping[tuple[str, str], Loaded]) -> Loaded | None:
        """A bundle that served before, from the disk alone; None if it is not here. Raises BundleRefused, OSError."""
        if found := held.get((good.name, good.digest)):
            return found
        entry = self._cache.find(good.name, good.digest)
        if entry is None:
            return None
        if entry.manifest.digest == good.digest:
            self._trust.check(entry.manifest)
        else:
            self._trust.check_flat(good.digest)
        return self._loaded(entry, good.name, good.version, "disk copy")

    def _published(self, wanted: Wanted, digest: str) -> Loaded:
        assert wanted.version is not None  # noqa: S101 # only a flat one has none
        manifest = wanted.manifest
        if manifest is None:
            try:
                manifest = read_version(self._artifacts, wanted.name, wanted.version)
            except ArtifactMissing as error:
                raise BundleRefused(digest, f"version {wanted.version}, to which it was switched, is gone") from error
            if manifest.digest != digest:
                raise BundleRefused(digest, f"version {wanted.version} is not what it was when it was promoted")
        self._trust.check(manifest)
        entry = self._cache.entry(wanted.name, digest, Published(self._artifacts, manifest).fill)
        return self._loaded(entry, wanted.name, wanted.version, "store")

    def _flat(self, wanted: Wanted, held: Mapping[tuple[str, str], Loaded]) -> Loaded:
        seen, digest = self._flat_digests.get(wanted.name, ("", ""))
        bundle: Flat | None = None
        if seen != wanted.promotion:
            bundle = flat(self._artifacts, wanted.name, self._compile_native)
            digest = bundle.digest
            self._flat_digests[wanted.name] = wanted.promotion, digest
        if found := held.get((wanted.name, digest)):
            return found
        self._trust.check_flat(digest)
        entry = self._cache.entry(wanted.name, digest, partial(self._convert, wanted.name, digest, bundle))
        return self._loaded(entry, wanted.name, entry.manifest.version, "store")

    def _convert(self, name: str, digest: str, bundle: Flat | None, folder: Path) -> Manifest:
        self._refuse_again(digest)
        bundle = bundle or flat(self._artifacts, name, self._compile_native)
        if bundle.digest != digest:
            del self._flat_digests[name]
            raise BundleRefused(bundle.digest, "its files were changed while they were read")
        try:
            return bundle.fill(folder)
        except NotConvertible as refused:
            self._remember(digest, refused)
            raise

    def _loaded(self, entry: Entry, name: str, version: str, source: str) -> Loaded:
        manifest = entry.manifest
        if (manifest.name, manifest.version) != (name, version):
            raise BundleRefused(entry.digest, f"its manifest is of {manifest.name}, version {manifest.version}")
        card, notes = _card(entry)
        model = load(entry, self._native_scorer, self._scale)
        extra = {"model": name, "version": version, "digest": entry.digest, "source": source}
        _log.info("a model serves", extra={"event": "model_loaded", **extra})
        return Loaded(model, manifest, "onnx" if manifest.converted else "native", card, notes)

    def _refuse_again(self, digest: str) -> None:
        with self._lock:
            again_at, kind, message = self._refusals.get(digest, (0.0, BundleRefused, ""))
        if time.monotonic() < again_at:
            raise kind(digest, message)

    def _remember(self, digest: str, refused: BundleRefused) -> None:
        with self._lock:
            self._refusals[digest] = time.monotonic() + self._again_s, type(refused), str(refused)
            self._refusals.move_to_end(digest)
            while len(self._refusals) > _REMEMBERED:
                self._refusals.popitem(last=False)


def _card(entry: Entry) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
    """(the model card as plain JSON, notes): a card that cannot be read does not stop a model that may serve."""
    notes = entry.manifest.notes
    if CARD not in entry.manifest.files:
        return None, notes
    try:
        return read_card((entry.folder / CARD).read_bytes()).model_dump(mode="json"), notes
    except CardError:
        return None, (*notes, _NO_CARD)
