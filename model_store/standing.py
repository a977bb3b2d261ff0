"""How each reference stands, and which of several possible sets of models should serve."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from model_store.faults import NO_FILES, Fault
from model_store.last_good import Good
from model_store.loader import Loaded
from model_store.offers import Wanted
from routing.ports import ModelStatus

_log = logging.getLogger(__name__)

Source = Literal["store", "disk copy"]

LAST_GOOD_SERVES = "; the last good version serves"
FOR_WANT_OF_ANOTHER = "; what there is serves"
INCOMPLETE = "is not promoted yet: the promotion that names it is not complete"


@dataclass(frozen=True, slots=True)
class Standing:
    """What serves under a reference, if anything does, by which promotion, and why it is not as it should be."""

    loaded: Loaded | None = None
    source: Source | None = None
    promotion: str = ""
    together: frozenset[str] = frozenset()
    problem: str | None = "is not loaded yet"

    def status(self, reference: str) -> ModelStatus:
        """The same, for clients."""
        if self.loaded is None:
            return ModelStatus(reference, loaded=False, problem=self.problem, exists=self.problem != NO_FILES)
        model = self.loaded.model
        return ModelStatus(reference, True, model.version, model.digest, self.source, self.loaded.served, self.problem)

    def good(self) -> Good | None:
        """The same, for a start without the model store; None unless all is as it should be."""
        if self.loaded is None or self.problem or self.source != "store":
            return None
        model = self.loaded.model
        return Good(
            name=model.name,
            version=model.version,
            digest=model.digest,
            promotion=self.promotion,
            together=tuple(sorted(self.together)),
        )


@dataclass(frozen=True)
class Tried:
    """What an attempt to take the newest set came to.

    `newest`: what should serve; `complete`: a set of which everything could be loaded, the newest or, where its bundles
    were refused, one before; `partial`: what could be loaded of the newest; `faults`: what stood in the way.
    """

    newest: Mapping[str, Wanted]
    complete: Mapping[str, Standing]
    partial: Mapping[str, Standing]
    faults: Mapping[str, Fault]


def components(references: Collection[str], sets: Iterable[Collection[str]]) -> list[frozenset[str]]:
    """The references in parts, so that each of the sets lies in one of them."""
    parts = [frozenset([reference]) for reference in references]
    for each in sets:
        touched = [part for part in parts if not part.isdisjoint(each)]
        parts = [part for part in parts if part not in touched]
        parts += [frozenset().union(*touched)] if touched else []
    return parts


def most(sets: Sequence[Mapping[str, Standing]]) -> Mapping[str, Standing]:
    """The set that serves the most references; of equal ones the first. Sets are never mixed."""
    return max(sets, key=len)


def judged(references: Collection[str], chosen: Mapping[str, Standing], tried: Tried) -> dict[str, Standing]:
    """How every reference stands with the chosen set: what is wrong with it, in words fit for a client."""
    return {reference: _judged(reference, chosen.get(reference, Standing()), tried) for reference in references}


def _judged(reference: str, standing: Standing, tried: Tried) -> Standing:
    wanted, problem = tried.newest.get(reference), _problem(reference, tried)
    is_newest = wanted is not None and standing.promotion == wanted.promotion
    if standing.loaded is None:
        return Standing(problem=problem or INCOMPLETE)
    if wanted is None and not problem:
        return replace(standing, problem=INCOMPLETE + FOR_WANT_OF_ANOTHER)
    if is_newest and problem and reference not in tried.faults:
        return replace(standing, problem=f"{problem}; it serves without")
    return replace(standing, problem=problem and problem + LAST_GOOD_SERVES)


def _problem(reference: str, tried: Tried) -> str | None:
    """Why a reference cannot have what it should; that of a model that was promoted with it, if it has none itself."""
    if fault := tried.faults.get(reference):
        return fault.reason
    wanted = tried.newest.get(reference)
    others = sorted(wanted.together) if wanted else ()
    for other in others:
        companion = tried.newest.get(other)
        if companion and wanted and companion.promotion == wanted.promotion and (fault := tried.faults.get(other)):
            return f"was promoted together with {other} ({fault.reason})"
    return None


def tell_of_changes(before: Mapping[str, Standing], after: Mapping[str, Standing]) -> None:
    """An event for each reference that serves another bundle than before: the moment of a change, in every process."""
    for reference, now in after.items():
        earlier = before[reference].loaded
        if now.loaded and earlier and now.loaded.key != earlier.key:
            model = now.loaded.model
            extra = {"model": reference, "version": model.version, "digest": model.digest, "promotion": now.promotion}
            _log.info(
                "another version serves",
                extra={"event": "model_changed", **extra, "version_before": earlier.model.version},
            )
