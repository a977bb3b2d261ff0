"""One model type each: fitting it, its log-odds, its native file. A framework is imported in its own module only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from evaluation.arrays import Floats
from laboratory.plan import ModelType, Setting

Settings = Mapping[str, Setting]


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a model is fitted on: `rows` [N, n], outcomes [N], weights [N].

    `stop_rows` [M, n] with outcomes and weights of their own: none is fitted on, and they say when to stop; M may be 0.
    """

    rows: Floats
    defaulted: Floats
    weights: Floats
    stop_rows: Floats
    stop_defaulted: Floats
    stop_weights: Floats
    seed: int

    @property
    def stops(self) -> bool:
        """Whether there is anything that can stop the fit."""
        return len(self.stop_rows) > 0


class Learner(Protocol):
    """A module of this package."""

    STOPS_EARLY: bool
    """Whether its fit watches rows that it is not fitted on."""

    def fit(self, lesson: Lesson, settings: Settings) -> Any:
        """A fitted scikit-learn classifier. `settings` holds every hyperparameter of the type."""

    def log_odds(self, model: Any, rows: Floats) -> Floats:
        """Log-odds of default [N], not calibrated."""

    def write(self, model: Any, folder: Path) -> None:
        """Write the native file; the same model gives the same bytes. OSError."""


def learner(model_type: ModelType) -> Learner:
    """The module of a type; its framework is imported now."""
    return cast("Learner", import_module(f"training.lab.learners.{model_type}"))
