"""A store with versions of three models, and a store that breaks off, or is met by somebody else, while it switches."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from model_store.artifacts import ArtifactStore, ArtifactsUnreachable
from model_store.promotion import promote
from model_store.switch import effective
from model_store.switches import read_switches
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.manifests import manifest

MODELS = ("social", "traditional", "xgboost")
VERSIONS = ("1", "2", "3", "4")


def filled(artifacts: ArtifactStore) -> None:
    """Versions 1 to 4 of three models, none of them promoted."""
    for name in MODELS:
        for version in VERSIONS:
            artifacts.put(f"{name}/versions/{version}/manifest.json", manifest(name, version).to_bytes())


def serving(artifacts: ArtifactStore, *references: str) -> dict[str, str]:
    """What a service with these references in its routes would serve."""
    switches = read_switches(artifacts, references)
    used = {reference: switches[reference] for reference in references}
    return {reference: target.version for reference, target in effective(used).items()}


def all_serving(artifacts: ArtifactStore) -> dict[str, str]:
    return serving(artifacts, *MODELS)


def go(artifacts: ArtifactStore, **together: str) -> str:
    return promote(artifacts, together, by="ann").id


class Interrupted(MemoryArtifacts):
    """Every put to a switch first asks `before`, which may raise or do something else in between."""

    def __init__(self, before: Callable[[str], None]) -> None:
        super().__init__()
        self.before = before

    def put(self, key: str, data: bytes, *, if_none_match: bool = False, if_match: str | None = None) -> str:
        if "versions" not in key:
            self.before(key)
        return super().put(key, data, if_none_match=if_none_match, if_match=if_match)


def broken_off(_: str) -> None:
    raise ArtifactsUnreachable("broke off")


def nothing(_: str) -> None:
    return


def cut(store: Interrupted, at: str, act: Callable[[], object]) -> None:
    """Do something that breaks off when it comes to the switch of `at`."""
    store.before = lambda key: broken_off(key) if key.startswith(f"{at}/") else None
    with pytest.raises(ArtifactsUnreachable):
        act()
    store.before = nothing
