"""One round: look at the store, load what changed, say what should serve. What belongs together stays together."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Final

from model_store.cache import DiskCache
from model_store.faults import UNKNOWN, Fault
from model_store.loader import Loaded, Loader
from model_store.offers import Offers, Wanted, Watch
from model_store.parallel import in_parallel
from model_store.standing import Standing, Tried, components, judged, most

_log = logging.getLogger(__name__)

STEPS_BACK: Final = 4
"""Sets that are tried, the newest first, where bundles are refused: each may cost a download."""

Held = Mapping[tuple[str, str], Loaded]


class Rounds:
    """Takes what the store offers for the references of one service."""

    def __init__(self, watch: Watch, loader: Loader, cache: DiskCache, references: Sequence[str]) -> None:
        self._watch, self._loader, self._cache, self._references = watch, loader, cache, references
        self._told: dict[str, str] = {}
        self._told_of_copies: dict[str, tuple[str, str]] = {}

    def look(self) -> tuple[Offers, list[frozenset[str]]]:
        """What the store offers, and the references in parts that can be settled each on its own."""
        offers = self._watch.look()
        goods = self._cache.last_good().values()
        return offers, components(self._references, [*offers.ever_together(), *(each.together for each in goods)])

    def settle(
        self, references: frozenset[str], offers: Offers, serving: Mapping[str, Standing]
    ) -> dict[str, Standing]:
        """How one part should stand.

        In order of preference: the set that the store wants; where bundles of it are refused, the complete set before;
        what serves now; the last good set on the disk; what could be loaded of the newest set. One that serves more
        references beats one that serves fewer, and two are never mixed. What then has nothing at all, and no complete
        promotion, serves by an incomplete one: degraded is better than not at all.
        """
        current = {name: each for name, each in serving.items() if name in references and each.loaded}
        held = {each.loaded.key: each.loaded for each in serving.values() if each.loaded}
        tried = self._try(references, offers, held)
        best = most([tried.complete, current])
        if len(best) < len(references):
            best = most([best, self._from_disk(references, held, len(best)), tried.partial])
            best = {
                **self._halfway(offers.halfway(references - best.keys()), held),
                **_alone(current, best),
                **best,
            }
        self._tell(references, tried)
        return judged(references, best, tried)

    def _try(self, references: frozenset[str], offers: Offers, held: Held) -> Tried:
        newest = offers.wanted(references)
        faults = {name: fault for name, fault in offers.faults.items() if name in references}
        complete: dict[str, Standing] = {}
        partly: dict[str, Standing] = {}
        wanted, refused = newest, set[str]()
        for step in range(STEPS_BACK):
            found, failed = self._load(wanted, held)
            standings = {name: _standing(wanted[name], loaded) for name, loaded in found.items()}
            partly = partly if step else standings
            faults = {**failed, **faults}
            if not failed:
                complete = standings
                break
            if not all(fault.refused for fault in failed.values()):
                break  # the store or the disk fails: what was promoted before is no better to be had
            refused |= {wanted[name].promotion for name in failed}
            wanted = offers.wanted(references, refused)
        return Tried(newest, complete, partly, faults)

    def _load(self, wanted: Mapping[str, Wanted], held: Held) -> tuple[dict[str, Loaded], dict[str, Fault]]:
        """(what could be loaded, why the others could not)."""
        results = in_parallel([partial(self._load_one, each, held) for each in wanted.values()])
        loaded = {name: each for name, each in zip(wanted, results, strict=True) if isinstance(each, Loaded)}
        return loaded, {name: each for name, each in zip(wanted, results, strict=True) if isinstance(each, Fault)}

    def _load_one(self, wanted: Wanted, held: Held) -> Loaded | Fault:
        try:
            return self._loader.wanted(wanted, held)
        except Exception as error:  # whatever a bundle can cause: the next round must come
            return Fault.of(error)

    def _halfway(self, wanted: Mapping[str, Wanted], held: Held) -> dict[str, Standing]:
        found, _ = self._load(wanted, held)
        return {name: _standing(wanted[name], loaded) for name, loaded in found.items()}

    def _from_disk(self, references: Collection[str], held: Held, beaten: int) -> dict[str, Standing]:
        """What is whole of the last good set, if that can be more than `beaten`."""
        goods = {name: good for name, good in self._cache.last_good().items() if name in references}
        found: dict[str, Standing] = {}
        for name, good in goods.items() if len(goods) > beaten else ():
            try:
                loaded = self._loader.copy(good, held)
            except Exception as error:  # as above
                self._tell_of_copy(name, good.digest, str(error))
                continue
            if loaded:
                found[name] = Standing(loaded, "disk copy", good.promotion, frozenset(good.together), None)
        return found

    def _tell_of_copy(self, name: str, digest: str, cause: str) -> None:
        """Once for each copy that does not serve, as `_tell` does."""
        if self._told_of_copies.get(name) != (key := (digest, cause)):
            self._told_of_copies[name] = key
            extra = {"event": "copy_refused", "model": name, "digest": digest, "cause": cause}
            _log.warning("the disk copy of a model does not serve", extra=extra)

    def _tell(self, references: Collection[str], tried: Tried) -> None:
        """One event for each promotion that was refused and each new fault, not one for each round."""
        for name in references:
            fault, wanted = tried.faults.get(name), tried.newest.get(name)
            if fault is None:
                self._told.pop(name, None)
                continue
            promotion = wanted.promotion if wanted and fault.refused and not wanted.is_flat else None
            if self._told.get(name) == (key := f"{promotion} {fault.reason}"):
                continue
            self._told[name] = key
            digest = fault.digest or (wanted and wanted.digest)
            extra = {"model": name, "digest": digest, "reason": fault.reason, "cause": fault.cause}
            if promotion and wanted:
                refused = {"event": "promotion_refused", "promotion": promotion, "together": sorted(wanted.together)}
                _log.warning("a promotion is refused", extra={**extra, **refused})
            else:
                level = logging.ERROR if fault.reason == UNKNOWN else logging.WARNING
                _log.log(
                    level,
                    "the newest bundle of a model does not serve",
                    extra={**extra, "event": "model_not_loaded"},
                )


def _alone(current: Mapping[str, Standing], best: Mapping[str, Standing]) -> dict[str, Standing]:
    """What serves and goes on, because nothing that was chosen was promoted with it."""
    others = frozenset().union(*(each.together for each in best.values()))
    return {name: each for name, each in current.items() if name not in others}


def _standing(wanted: Wanted, loaded: Loaded) -> Standing:
    return Standing(loaded, "store", wanted.promotion, wanted.together, None)
