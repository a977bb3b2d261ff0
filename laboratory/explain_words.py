"""The words and limits of a request for an explanation. Imports no library: the documentation of the API reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Method = Literal["shap", "lime", "partial_dependence", "counterfactual"]
Scope = Literal["local", "global", "interactions"]
MOST_NAMES: Final = 1_000
LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Limit:
    """A whole number of a request: what it is where nothing is said, and what it may be."""

    default: int
    low: int
    high: int


LIMITS: Final[Mapping[str, Limit]] = {
    "seed": Limit(0, 0, 2**31 - 1),
    "background": Limit(100, 10, 300),
    "customers": Limit(100, 20, 300),
    "evaluations": Limit(100_000, 2_000, 500_000),
    "samples": Limit(2_000, 200, 10_000),
    "repeats": Limit(5, 2, 10),
    "points": Limit(20, 2, 50),
    "count": Limit(3, 1, 5),
}
"""`background`: customers that others are compared with; `customers`: of a global figure; `evaluations`: rows scored
where no formula holds; `samples`, `repeats`: neighbours and runs of LIME; `points`: of a partial dependence's grid;
`count`: counterfactuals."""
