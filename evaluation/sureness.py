"""Whether a model is wrong where it is sure, or where it is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from evaluation.arrays import Floats
from evaluation.intervals import Estimate, wilson
from evaluation.probability import probabilities_of

BOUND = 0.8
"""From this confidence on a prediction counts as a sure one."""


@dataclass(frozen=True, slots=True)
class Errors:
    """The mistakes among `n` predictions: defaults that were granted, good customers who were refused.

    `rate`: mistakes over n with Wilson's interval, None for n = 0; `share`: of all mistakes, None where there is none.
    `mean_confidence` of the mistakes, None where there is none.
    """

    n: int
    false_negative: int
    false_positive: int
    rate: Estimate | None
    share: float | None
    mean_confidence: float | None

    @property
    def count(self) -> int:
        """All mistakes."""
        return self.false_negative + self.false_positive


@dataclass(frozen=True, slots=True)
class ErrorsByConfidence:
    """Mistakes of predictions of at least `bound` confidence, and of the others."""

    bound: float
    high: Errors
    low: Errors


def errors_by_confidence(
    defaulted: npt.ArrayLike, pd: npt.ArrayLike, threshold: float, bound: float = BOUND, confidence: float = 0.95
) -> ErrorsByConfidence:
    """Mistakes of PDs [N] at a threshold, by the prediction's confidence max(PD, 1 - PD), of [1/2, 1].

    Where the threshold is not 1/2 an expected default may have a PD below 1/2: what is measured is how sure the model
    is of the likelier outcome, not how far the PD is from the threshold. ValueError unless 1/2 <= bound <= 1.
    """
    outcomes, probabilities = probabilities_of(defaulted, pd)
    if not 0.5 <= bound <= 1:
        raise ValueError("a bound of confidence must lie in [0.5, 1]")
    sure = np.maximum(probabilities, 1 - probabilities)
    expected = probabilities >= threshold
    wrong = expected != (outcomes == 1)
    total = int(wrong.sum())
    high, low = (_errors(rows, expected, wrong, sure, total, confidence) for rows in (sure >= bound, sure < bound))
    return ErrorsByConfidence(bound, high, low)


def _errors(
    rows: NDArray[np.bool_],
    expected: NDArray[np.bool_],
    wrong: NDArray[np.bool_],
    sure: Floats,
    total: int,
    confidence: float,
) -> Errors:
    n, mistakes = int(rows.sum()), rows & wrong
    count = int(mistakes.sum())
    return Errors(
        n=n,
        false_negative=int((mistakes & ~expected).sum()),
        false_positive=int((mistakes & expected).sum()),
        rate=wilson(count, n, confidence) if n else None,
        share=count / total if total else None,
        mean_confidence=float(sure[mistakes].mean()) if count else None,
    )
