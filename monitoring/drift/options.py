"""What may be chosen of a drift check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Correction = Literal["benjamini-hochberg", "holm"]
FEWEST_VALUES = 20
"""On each side, for a verdict: with fewer, a test can hardly see anything, and silence would read as "no drift"."""


@dataclass(frozen=True, slots=True)
class Options:
    """`significance`: of the corrected tests. `watch_from`, `drift_from`: the customary limits of PSI.

    `tolerance`: by how much of its reference value a metric may become worse. `threshold`: the PD from which on a
    default is expected, and below which a loan is approved. `bins`: of the PSI of numbers.
    """

    significance: float = 0.05
    correction: Correction = "benjamini-hochberg"
    watch_from: float = 0.10
    drift_from: float = 0.25
    tolerance: float = 0.05
    threshold: float = 0.5
    bins: int = 10
    seed: int = 0


NUMBERS: Final[Mapping[str, tuple[float, float]]] = {
    "significance": (1e-6, 0.5), "watch_from": (0.0, 100.0), "drift_from": (0.0, 100.0), "tolerance": (0.0, 10.0),
}  # fmt: skip
WHOLE: Final[Mapping[str, tuple[int, int]]] = {
    "bins": (2, 100), "seed": (0, 2**32 - 1), "most_records": (1, 100_000), "maturity_months": (1, 120),
}  # fmt: skip
"""The range that a request may choose each of, with the records of a served model and the outcome window in months."""
