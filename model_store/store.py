"""The loaded models: what serves now, where it came from, and how it gets better by itself."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from model_store.artifacts import ArtifactMissing, ArtifactStore, ArtifactsUnreachable
from model_store.bundle import BundleRefused, Flat, NotConvertible, Published, newest
from model_store.cache import DiskCache, Entry
from model_store.compiled import Compile
from model_store.loading import NativeScorerFactory, load
from model_store.manifest import Manifest
from model_store.model import BundleModel
from routing.ports import Model, ModelStatus
from scoring.errors import ModelUnavailable
from scoring.scale import ScoreScale

_log = logging.getLogger(__name__)

_JOIN_S = 1.0
_UNKNOWN = "could not be loaded"

Source = Literal["store", "disk copy"]


@dataclass(frozen=True, slots=True)
class _Standing:
    model: BundleModel | None = None
    source: Source | None = None
    served: Literal["onnx", "native"] | None = None
    problem: str | None = "is not loaded yet"

    def status(self, name: str) -> ModelStatus:
        if self.model is None:
            return ModelStatus(name, loaded=False, problem=self.problem)
        return ModelStatus(name, True, self.model.version, self.model.digest, self.source, self.served, self.problem)


class LoadedModels:
    """Implements routing.ports.ModelStore. Create it anywhere, call `start` after the fork.

    `cache_dir` is shared by all processes of a machine. `scale` is for bundles whose output is a score and that name
    none. What cannot be loaded is tried again after `first_wait` seconds, then after twice as long, and so on up to
    `longest_wait`. Native files that were refused are opened again after `convert_again_s`: the child may only have run
    out of time on a busy machine.
    """

    def __init__(
        self,
        artifacts: ArtifactStore,
        names: Sequence[str],
        cache_dir: Path,
        *,
        compile_native: Compile,
        native_scorer: NativeScorerFactory,
        scale: ScoreScale,
        first_wait: float = 0.5,
        longest_wait: float = 30.0,
        convert_again_s: float = 600.0,
    ) -> None:
        self._artifacts, self._cache = artifacts, DiskCache(cache_dir)
        self._compile_native, self._native_scorer, self._scale = compile_native, native_scorer, scale
        self._first_wait, self._longest_wait, self._convert_again_s = first_wait, longest_wait, convert_again_s
        self._standings = {name: _Standing() for name in names}
        self._refreshing = {name: threading.Lock() for name in names}
        self._not_convertible: dict[str, tuple[float, str]] = {}
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Load every model in a thread of its own, until the newest bundle of each serves."""
        for name in self._standings:
            thread = threading.Thread(target=self._keep_loading, args=(name,), name=f"load-{name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Stop loading and let go of all models."""
        self._closed.set()
        for thread in self._threads:
            thread.join(_JOIN_S)
        self._standings = {name: _Standing() for name in self._standings}

    def get(self, name: str) -> Model:
        """The model that serves now; never waits. Raises ModelUnavailable."""
        standing = self._standings.get(name)
        if standing is None or standing.model is None:
            raise ModelUnavailable(name, (standing and standing.problem) or "is not one of this service's models")
        return standing.model

    def snapshot(self) -> dict[str, Model | ModelUnavailable]:
        """All models as they serve at one moment."""
        standings = self._standings
        return {
            name: each.model or ModelUnavailable(name, each.problem or _UNKNOWN) for name, each in standings.items()
        }

    def status(self) -> list[ModelStatus]:
        """How every model stands."""
        return [standing.status(name) for name, standing in self._standings.items()]

    def refresh(self, name: str) -> bool:
        """One attempt, now: the newest bundle replaces what serves, in one step. False if that was not possible.

        What serves then goes on, or the last good bundle on the disk takes over; `status` says why.
        """
        with self._refreshing[name]:
            try:
                standing = self._newest(name)
            except Exception as error:  # whatever a bundle can cause: the next attempt must come
                standing = self._without_newest(name, error)
            self._standings[name] = standing
            return standing.problem is None

    def _keep_loading(self, name: str) -> None:
        wait = self._first_wait
        while not self._closed.is_set() and not self.refresh(name):
            self._closed.wait(wait)
            wait = min(2 * wait, self._longest_wait)

    def _newest(self, name: str) -> _Standing:
        current = self._standings[name]
        bundle = newest(self._artifacts, name, self._compile_native)
        if current.model and current.model.digest == bundle.digest:
            return replace(current, source="store", problem=None)
        entry = self._cache.entry(name, bundle.digest, partial(self._fill, bundle))
        standing = self._loaded(entry, "store")
        try:
            self._cache.served(name, entry)
        except OSError as error:
            _log.warning(
                "the disk does not take note of the last good bundle",
                extra={"event": "cache_failed", "model": name, "digest": entry.digest, "cause": str(error)},
            )
        return standing

    def _fill(self, bundle: Published | Flat, folder: Path) -> Manifest:
        """Fill the cache, but do not open native files again that were refused a moment ago."""
        again_at, message = self._not_convertible.get(bundle.digest, (-math.inf, ""))
        if time.monotonic() < again_at:
            raise NotConvertible(bundle.digest, message)
        try:
            return bundle.fill(folder)
        except NotConvertible as refused:
            self._not_convertible[bundle.digest] = (time.monotonic() + self._convert_again_s, str(refused))
            raise

    def _without_newest(self, name: str, error: Exception) -> _Standing:
        current, reason = self._standings[name], _reason(error)
        if not (current.problem or "").startswith(reason):
            digest = error.digest if isinstance(error, BundleRefused) else None
            _log.warning(
                "the newest bundle of a model does not serve",
                extra={
                    "event": "model_not_loaded",
                    "model": name,
                    "digest": digest,
                    "reason": reason,
                    "cause": str(error),
                },
                exc_info=error if reason == _UNKNOWN else None,
            )
        if current.model is None and (entry := self._cache.last_good(name)):
            try:
                current = self._loaded(entry, "disk copy")
            except Exception as refused:  # as above
                _log.warning(
                    "the disk copy of a model does not serve",
                    extra={"event": "copy_refused", "model": name, "digest": entry.digest, "cause": str(refused)},
                )
        return replace(current, problem=f"{reason}; the last good version serves" if current.model else reason)

    def _loaded(self, entry: Entry, source: Source) -> _Standing:
        model = load(entry, self._native_scorer, self._scale)
        _log.info(
            "a model serves",
            extra={"event": "model_loaded", "model": model.name, "digest": model.digest, "source": source},
        )
        return _Standing(model, source, "onnx" if entry.manifest.converted else "native", None)


def _reason(error: Exception) -> str:
    """Why there is no newer bundle, in words fit for a client."""
    match error:
        case ArtifactMissing():
            return "has no files in the model store"
        case ArtifactsUnreachable():
            return "its files are out of reach"
        case BundleRefused():
            return f"was refused: {error}".rstrip(".")
        case OSError():
            return "cannot be kept on this machine's disk"
    return _UNKNOWN
