"""The loaded models: what serves now, and the one thread that takes what the store offers."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from model_store.artifacts import ArtifactStore
from model_store.cache import DiskCache
from model_store.compiled import Compile
from model_store.describe import description
from model_store.faults import UNKNOWN
from model_store.held_out import held_out
from model_store.importance import Importances
from model_store.last_good import Good
from model_store.loader import Loaded, Loader
from model_store.loading import NativeScorerFactory
from model_store.offers import Offers, Watch
from model_store.parallel import in_parallel
from model_store.rounds import Rounds
from model_store.signing import ANYBODY, Trust
from model_store.standing import Standing, tell_of_changes
from model_store.validation import ValidationSet
from routing.catalog import FeatureImportance, ModelDescription, UnknownModel
from routing.ports import Model, ModelStatus
from scoring.errors import ModelUnavailable
from scoring.scale import ScoreScale

_log = logging.getLogger(__name__)

_JOIN_S = 1.0
ROUNDS_A_BOUND: Final = 3
"""Rounds within the time in which a change must be taken: one may just have missed it, and a bundle takes a while."""
_MOST_DOUBLINGS: Final = 16
_JITTER: Final = 0.2
"""Share of a pause that chance takes off, so that the workers of many machines do not ask the store all at once."""


class LoadedModels:
    """Implements routing.ports.ModelStore and routing.catalog.ModelCatalog. Create it anywhere, `start` after the fork.

    `names` are references. `cache_dir` is shared by all processes of a machine. `scale` is for bundles whose output is
    a score and that name none, and for points of importance. `trust`: whose bundles may serve. A change in the store is
    taken within `refresh_seconds`. While a model that is not `optional` is missing, attempts come after `first_wait`
    seconds, then after twice as long, and so on up to `longest_wait`; what was refused is opened again after
    `convert_again_s`: a child may only have run out of time on a busy machine.
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
        trust: Trust = ANYBODY,
        optional: Collection[str] = (),
        refresh_seconds: float = 30.0,
        first_wait: float = 0.5,
        longest_wait: float = 30.0,
        convert_again_s: float = 600.0,
    ) -> None:
        self._cache = DiskCache(cache_dir)
        loader = Loader(
            artifacts,
            self._cache,
            compile_native=compile_native,
            native_scorer=native_scorer,
            scale=scale,
            trust=trust,
            again_s=convert_again_s,
        )
        self._rounds = Rounds(Watch(artifacts, names), loader, self._cache, names)
        self._importances = Importances(self._cache, scale)
        self._refresh_seconds, self._first_wait, self._longest_wait = refresh_seconds, first_wait, longest_wait
        self._standings: Mapping[str, Standing] = {name: Standing() for name in names}
        self._optional = frozenset(optional)
        self._changing, self._round = threading.Lock(), threading.Lock()
        self._noted: dict[str, Good] = {}
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Load everything in a thread of its own, and keep it as the store wants it."""
        self._thread = threading.Thread(target=self._keep_fresh, name="models", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop loading and let go of all models."""
        with self._changing:
            self._closed.set()
            self._standings = {name: Standing() for name in self._standings}
        if self._thread:
            self._thread.join(_JOIN_S)

    def get(self, name: str) -> Model:
        """The model that serves now; never waits. Raises ModelUnavailable."""
        standing = self._standings.get(name)
        if standing is None or standing.loaded is None:
            raise ModelUnavailable(name, (standing and standing.problem) or "is not one of this service's models")
        return standing.loaded.model

    def snapshot(self) -> dict[str, Model | ModelUnavailable]:
        """All models as they serve at one moment."""
        standings = self._standings
        return {
            name: each.loaded.model if each.loaded else ModelUnavailable(name, each.problem or UNKNOWN)
            for name, each in standings.items()
        }

    def status(self) -> list[ModelStatus]:
        """How every model stands."""
        return [standing.status(name) for name, standing in self._standings.items()]

    def describe(self, reference: str) -> ModelDescription:
        """See ModelCatalog."""
        standing, loaded = self._described(reference)
        return description(standing.status(reference), loaded)

    def importance(self, reference: str) -> Sequence[FeatureImportance]:
        """See ModelCatalog."""
        return self._importances.of(self._described(reference)[1])

    def held_out(self, reference: str) -> tuple[Model, ValidationSet]:
        """The model that serves now, and the customers of its bundle that it was not fitted on. As `describe`."""
        loaded = self._described(reference)[1]
        return loaded.model, held_out(self._cache, loaded)

    def refresh(self, name: str | None = None) -> bool:
        """One round, now; False if what serves is not as the store wants it, under `name` or anywhere.

        What serves then goes on, or the last good set on the disk takes over; `status` says why.
        """
        with self._round:
            offers, parts = self._rounds.look()
            in_parallel([partial(self._settle, part, offers) for part in parts])
            self._note()
        standings = self._standings
        return all(each.problem is None for each in ([standings[name]] if name else standings.values()))

    def _settle(self, part: frozenset[str], offers: Offers) -> None:
        standings = self._rounds.settle(part, offers, self._standings)
        with self._changing:
            if not self._closed.is_set():
                # One assignment: no reader ever sees one model of a promotion without the others.
                before, self._standings = self._standings, {**self._standings, **standings}
                tell_of_changes(before, standings)

    def _note(self) -> None:
        """What serves as it should is the last good set from now on."""
        goods = {name: good for name, each in self._standings.items() if (good := each.good())}
        if goods == self._noted:
            return
        try:
            self._cache.remember(goods)
            self._noted = goods
        except OSError as error:
            _log.warning(
                "the disk does not take note of the last good set",
                extra={"event": "cache_failed", "cause": str(error)},
            )

    def _keep_fresh(self) -> None:
        usual, failures = self._refresh_seconds / ROUNDS_A_BOUND, 0
        while not self._closed.is_set():
            if self._attempt():
                wait, failures = usual, 0
            else:
                is_missing = any(
                    each.loaded is None for name, each in self._standings.items() if name not in self._optional
                )
                wait = min(self._first_wait, self._longest_wait, usual) if is_missing else usual
                longest = min(self._longest_wait, usual) if is_missing else 2 * usual
                wait, failures = min(wait * 2**failures, longest), min(failures + 1, _MOST_DOUBLINGS)
            self._closed.wait(wait * random.uniform(1 - _JITTER, 1))  # noqa: S311 # no secret

    def _attempt(self) -> bool:
        try:
            return self.refresh()
        except Exception:  # a defect of ours: what serves goes on, and the next round must come
            _log.exception("a round of the models failed", extra={"event": "models_failed"})
            return False

    def _described(self, reference: str) -> tuple[Standing, Loaded]:
        standing = self._standings.get(reference)
        if standing is None:
            raise UnknownModel(f"No route of this service uses a model {reference[:128]}.")
        if standing.loaded is None:
            raise ModelUnavailable(reference, standing.problem or UNKNOWN)
        return standing, standing.loaded
