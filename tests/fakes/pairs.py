"""Two models of one machine that are promoted together."""

from __future__ import annotations

from model_store.store import LoadedModels
from tests.fakes.bundles import model_json
from tests.fakes.machine import Machine

PAIR = ("social", "traditional")
BAD = model_json(0.5, -0.25, off_by=0.1)
"""Its golden rows do not get their outputs."""


def publish_pair(machine: Machine, version: str, **instead: bytes) -> None:
    """A version of both; `instead`: the file of one of them."""
    for name in PAIR:
        machine.keep(instead.get(name, model_json(0.5, -0.25, intercept=-1.0 - len(version))), version, name)


def promote_pair(machine: Machine, version: str, **instead: bytes) -> str:
    """Both models under one version, promoted together."""
    publish_pair(machine, version, **instead)
    return machine.promote(**dict.fromkeys(PAIR, version))


def serving(models: LoadedModels) -> list[str | None]:
    """The versions that serve."""
    return [each.version for each in models.status()]


def serving_of_a_start(machine: Machine) -> list[str | None]:
    models = machine.models(*PAIR)
    models.refresh()
    return serving(models)
