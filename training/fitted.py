"""What every fitted model can do, whichever framework made it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from evaluation.arrays import Floats
from scoring.scale import PD_FLOOR
from training.dataset import Dataset, Inputs, Parts, Rows


class Fitted(Protocol):
    """A model that was fitted and not yet calibrated."""

    @property
    def output(self) -> Literal["probability_of_default", "logit"]:
        """What its file gives, as config.json names it."""

    @property
    def summary(self) -> str:
        """What was fitted, in a few words."""

    def log_odds(self, rows: Floats) -> Floats:
        """Log-odds of default [N] of rows [N, n]."""

    def write(self, folder: Path) -> None:
        """Write the framework's own files into an existing folder. OSError."""


@dataclass(frozen=True)
class Lesson:
    """What a model is fitted on; `seed` fixes every draw of it."""

    inputs: Inputs
    defaulted: Floats
    parts: Parts
    seed: int

    @classmethod
    def of(cls, dataset: Dataset, model: str, parts: Parts, seed: int) -> Lesson:
        """The lesson of one model of a data set."""
        return cls(dataset.inputs[model], dataset.defaulted, parts, seed)

    def part(self, rows: Rows) -> tuple[Floats, Floats]:
        """Inputs [m, n] and outcomes [m] of the given rows."""
        return self.inputs.rows[rows], self.defaulted[rows]


def log_odds_of_all(pd: Floats) -> Floats:
    """As `scoring.scale.log_odds_of`, of a whole vector of probabilities."""
    held = np.clip(pd, PD_FLOOR, 1 - PD_FLOOR)
    return np.asarray(np.log(held / (1 - held)), dtype=np.float64)
