"""A model of an application, trained and measured."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from training.lab.figures import Figures
from training.lab.words import Winner
from training.told import table

METRICS: Final = "metrics.json"
SHOWN: Final = ("auc_roc", "gini", "ks", "accuracy", "precision", "recall", "f1", "brier", "cost")
Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Made:
    """A winner under the `name` that the routes know it by.

    `figures`: on its test part; `beside`: what else is known of it, such as the best that anyone could reach.
    """

    name: str
    winner: Winner
    figures: Figures
    beside: Mapping[str, JsonValue]

    @property
    def metrics(self) -> dict[str, JsonValue]:
        """Every figure by name, with what stands beside."""
        return {**self.figures.metrics, **self.beside}

    def write(self, folder: Path) -> None:
        """Write metrics.json: figures, their intervals, the folds, the rows. OSError."""
        plain = {"model": self.name, **self.metrics, "measured": self.figures.to_json()}
        (folder / METRICS).write_text(json.dumps(plain, indent=1, allow_nan=False) + "\n", encoding="utf-8")

    def report(self) -> Iterator[str]:
        """What it is worth, for a person."""
        split, ends = self.winner.split, self.figures.intervals
        yield (
            f"{self.name}: fitted on {len(split.train):,} applications, calibrated on {len(split.validation):,}, "
            f"measured on {len(split.test):,} others, at a PD of {self.winner.threshold:.4f}"
        )
        rows = [
            [name, f"{value:.4f}", f"{ends[name][0]:.4f} to {ends[name][1]:.4f}" if name in ends else "-"]
            for name in SHOWN
            if (value := self.figures.metrics.get(name)) is not None
        ]
        yield from table([["METRIC", "VALUE", "95% INTERVAL"], *rows])
        for name, said in self.beside.items():
            if isinstance(said, float):
                yield f"{name.replace('_', ' ')}: {said:.4f}"
