"""The switches of several references, read together with those of every promotion that they went through."""

from __future__ import annotations

from collections.abc import Iterable

from model_store.artifacts import ArtifactMissing, ArtifactStore
from model_store.bundle import BundleRefused
from model_store.switch import Switch, read_switch, reference_of

WithEtags = dict[str, tuple[Switch, str] | None]
"""Reference -> switch and etag; None where there is none."""


def references_of(artifacts: ArtifactStore, name: str) -> list[str]:
    """The references of a model that have a switch: itself, and its aliases. Raises ArtifactsUnreachable."""
    return sorted(filter(None, map(reference_of, artifacts.keys(name))))


def read_switches(artifacts: ArtifactStore, references: Iterable[str]) -> dict[str, Switch | None]:
    """The switches of references and of all that were ever promoted with them.

    Raises BundleRefused, ArtifactsUnreachable; ValueError for what is no reference.
    """
    return without_etags(read_with_etags(artifacts, references))


def without_etags(switches: WithEtags) -> dict[str, Switch | None]:
    """The same without the etags."""
    return {reference: found and found[0] for reference, found in switches.items()}


def read_with_etags(artifacts: ArtifactStore, references: Iterable[str]) -> WithEtags:
    """What `read_switches` reads, with the etags that a change of it needs. Raises the same."""
    switches: WithEtags = {}
    todo = list(references)
    while todo:
        reference = todo.pop()
        if reference in switches:
            continue
        try:
            switches[reference] = found = read_switch(artifacts, reference)
        except ArtifactMissing:
            switches[reference] = None
            continue
        except BundleRefused as error:
            raise BundleRefused(error.digest, f"the switch of {reference} is unusable: {error}") from error
        todo += [each for change in found[0].changes for each in change.together]
    return switches
