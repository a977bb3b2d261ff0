"""What an analyst's tasks work with, and which tasks there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from laboratory.ports import LabModels
from model_store.artifacts import ArtifactStore
from routing.archive import Archive
from routing.catalog import ModelVersions


@dataclass(frozen=True, slots=True)
class Bench:
    """What the stores hold.

    `models`: those that the laboratory published; `archive`: the predictions that were given; `versions`: the models
    that gave them; `artifacts`: the model store's files.
    """

    models: LabModels
    archive: Archive
    versions: ModelVersions
    artifacts: ArtifactStore


Task = Callable[[Mapping[str, Any], Bench], Mapping[str, Any]]
"""Answers a request's body with plain JSON. Raises InvalidRequest and other ServiceErrors, which reach the client."""

TASKS: Final[Mapping[str, str]] = {
    "evaluate": "laboratory.tasks.evaluate:task",
    "explain": "laboratory.tasks.explain:task",
    "fairness": "laboratory.tasks.fairness:task",
    "drift": "laboratory.tasks.drift:task",
}
"""Name -> where its function is: imported when it is first asked for, with the libraries that it needs."""


def task(name: str, tasks: Mapping[str, str] = TASKS) -> Task:
    """The function of a task. Raises KeyError, ImportError."""
    module, _, function = tasks[name].partition(":")
    found: Task = getattr(import_module(module), function)
    return found
