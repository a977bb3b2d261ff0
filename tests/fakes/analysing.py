"""An analyst in this process: its answers are plain JSON, as those of the real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import orjson

from laboratory.ports import LabModels
from tests.fakes.lab import FakeLabModels


class TaskAnalyst:
    """Runs tasks on a bench that holds these models."""

    def __init__(
        self, models: LabModels | None = None, **tasks: Callable[[Mapping[str, Any], Any], Mapping[str, Any]]
    ) -> None:
        self._bench, self._tasks = SimpleNamespace(models=models or FakeLabModels()), tasks

    def run(self, task: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._tasks[task](body, self._bench)
        text = orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
        found: dict[str, Any] = orjson.loads(text)
        return found
