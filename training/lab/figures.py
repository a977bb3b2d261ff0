"""What a run's model is worth: every figure on the test part with its interval, and across the folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from evaluation.arrays import Floats
from evaluation.assessment import Assessment, assess
from training.lab.words import Winner

CONFIDENCE: Final = 0.95


@dataclass(frozen=True)
class Folds:
    """A figure across the folds of the training part: each fold's, their mean and standard deviation (n - 1)."""

    each: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean of the folds."""
        return float(np.mean(self.each))

    @property
    def sd(self) -> float:
        """The standard deviation of the folds; 0 of a single one, which says nothing of the spread."""
        return float(np.std(self.each, ddof=1)) if len(self.each) > 1 else 0.0


@dataclass(frozen=True)
class Figures:
    """Figures of a winner.

    `test`: on the test part, of which `defaulted` [N] and `pd` [N] are outcomes and calibrated PDs; `folds`: by name.
    """

    test: Assessment
    defaulted: Floats
    pd: Floats
    folds: Mapping[str, Folds]

    @property
    def metrics(self) -> dict[str, float]:
        """Each figure that can be said, by its name in `evaluation.assessment.METRICS`."""
        return self.test.values()

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """[low, high] of each figure that has an interval."""
        return self.test.intervals()

    def to_json(self) -> dict[str, Any]:
        """Everything above but the rows, as plain JSON."""
        return {
            "rows": self.test.n,
            "defaults": int(self.defaulted.sum()),
            "threshold": self.test.threshold,
            "confidence": self.test.confidence,
            "metrics": self.metrics,
            "intervals": {name: list(interval) for name, interval in self.intervals.items()},
            "not_said": self.test.not_said(),
            "cross_validation": self.cross_validation(),
        }

    def cross_validation(self) -> dict[str, dict[str, Any]]:
        """Mean, standard deviation and each fold of every figure, as plain JSON."""
        return {name: {"mean": each.mean, "sd": each.sd, "folds": list(each.each)} for name, each in self.folds.items()}


def figures(winner: Winner) -> Figures:
    """The figures of a winner at its threshold and its plan's costs. The bootstrap is drawn with the plan's seed."""
    defaulted = winner.table.defaulted[winner.split.test]
    test = assess(
        defaulted,
        winner.pd_test,
        threshold=winner.threshold,
        weights=winner.plan.cost,
        confidence=CONFIDENCE,
        seed=winner.plan.seed,
    )
    return Figures(test, defaulted, winner.pd_test, {name: Folds(each) for name, each in winner.folds.items()})
