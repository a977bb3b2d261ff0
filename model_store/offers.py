"""What the artifact store offers now: the switch of every reference, or native files lying flat.

Looking again costs a question for an etag each; bytes are read only where one changed. Nothing is ever listed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from model_store.artifacts import ArtifactMissing, ArtifactStore
from model_store.bundle import FLAT_VERSION
from model_store.compile.report import MODEL_FILES, NATIVE_FILES
from model_store.faults import Fault
from model_store.manifest import Manifest
from model_store.parallel import in_parallel
from model_store.switch import Change, Switch, effective, read_switch, switch_key
from routing.routes import base_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """The bundle that a reference should serve.

    `promotion`: what made it so; `together`: the references that were promoted with it, itself among them. `digest` and
    `version` are None for a flat layout, which has neither before it is read: `promotion` names its etags.
    `manifest` is None where it has to be read from the version's own folder.
    """

    name: str
    promotion: str
    together: frozenset[str]
    version: str | None = None
    digest: str | None = None
    manifest: Manifest | None = None

    @property
    def is_flat(self) -> bool:
        """Whether nobody published it."""
        return self.version is None


@dataclass(frozen=True, slots=True)
class _Offer:
    """What was seen under one reference. `etag`: of its switch; `flat`: what names a flat layout by its etags."""

    switch: Switch | None = None
    etag: str | None = None
    flat: str | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """All that was seen in one look. `faults`: why something was not seen; what was seen before stands in then."""

    switches: Mapping[str, Switch | None]
    flat: Mapping[str, str]
    faults: Mapping[str, Fault]

    def wanted(self, references: Collection[str], refused: Collection[str] = ()) -> dict[str, Wanted]:
        """What each reference should serve, promotions in `refused` passed over: one consistent set."""
        found = {
            reference: Wanted(base_of(reference), promotion, frozenset([reference]))
            for reference, promotion in self.flat.items()
            if reference in references and promotion not in refused
        }
        for reference, target in effective(self.switches, refused).items():
            switch = self.switches[reference]
            if reference in references and switch:
                change = next(each for each in switch.history if each.promotion == target.promotion)
                found[reference] = _wanted(switch, change)
        return found

    def halfway(self, references: Collection[str]) -> dict[str, Wanted]:
        """The newest change of each reference that has no complete one, where the switches it lacks are not there.

        Either the first promotion ever was cut short, or somebody took such a switch away, to go on with flat files.
        """
        settled = effective(self.switches)
        found = {}
        for reference, switch in self.switches.items():
            if switch and reference in references and reference not in settled:
                change = switch.history[-1]
                others = [self.switches.get(each) for each in change.together]
                if all(other.together(change.promotion) == change.together for other in others if other):
                    found[reference] = _wanted(switch, change)
        return found

    def ever_together(self) -> list[Collection[str]]:
        """Every set of references that some promotion changed together."""
        return list({frozenset(change.together) for each in self.switches.values() if each for change in each.history})


class Watch:
    """Looks at the references of one service. Not to be shared between threads."""

    def __init__(self, artifacts: ArtifactStore, references: Collection[str]) -> None:
        self._artifacts, self._references = artifacts, tuple(references)
        self._seen: dict[str, _Offer] = {}

    def look(self) -> Offers:
        """One look at everything; never raises for what the store does."""
        faults: dict[str, Fault] = {}
        looks = in_parallel([partial(self._look_at, reference) for reference in self._references])
        for reference, found in zip(self._references, looks, strict=True):
            if isinstance(found, Fault):
                faults[reference] = found
            else:
                self._seen[reference] = found
                if found == _Offer():
                    faults[reference] = _nothing(reference)
        switches = {reference: each.switch for reference, each in self._seen.items()}
        flat = {reference: each.flat for reference, each in self._seen.items() if each.flat}
        return Offers(switches, flat, faults)

    def _look_at(self, reference: str) -> _Offer | Fault:
        try:
            return self._switch_of(reference)
        except ArtifactMissing:
            pass
        except Exception as error:  # whatever a store or a document can cause: the others must be seen
            return Fault.of(error)
        try:
            is_alias = reference != base_of(reference)
            return _Offer() if is_alias else _Offer(flat=self._flat(reference))
        except Exception as error:  # as above
            return Fault.of(error)

    def _switch_of(self, reference: str) -> _Offer:
        seen = self._seen.get(reference)
        if seen and seen.switch and self._artifacts.etag(switch_key(reference)) == seen.etag:
            return seen
        switch, etag = read_switch(self._artifacts, reference)
        return _Offer(switch, etag)

    def _flat(self, name: str) -> str | None:
        """A name for the flat files as they lie, if there is a model among them."""
        etags = {}
        for file in NATIVE_FILES:
            try:
                etags[file] = self._artifacts.etag(f"{name}/{file}")
            except ArtifactMissing:
                continue
        if not any(file in etags for file in MODEL_FILES):
            return None
        return FLAT_VERSION + sha256(repr(sorted(etags.items())).encode()).hexdigest()


def _nothing(reference: str) -> Fault:
    if reference != base_of(reference):
        return Fault("was never promoted", f"no version of {base_of(reference)} was promoted as {reference}")
    return Fault.of(ArtifactMissing(f"{reference} has neither a manifest nor a model file"))


def _wanted(switch: Switch, change: Change) -> Wanted:
    manifest = switch.manifest if change.digest == switch.manifest.digest else None
    together = frozenset(change.together)
    return Wanted(base_of(switch.reference), change.promotion, together, change.version, change.digest, manifest)
