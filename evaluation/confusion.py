"""What was expected against what happened, counted, and the rates that follow from the four counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from evaluation.arrays import Floats, matched


class CostLike(Protocol):
    """What a wrong decision costs: a default that was granted, and a good customer who was refused."""

    @property
    def false_negative(self) -> float: ...
    @property
    def false_positive(self) -> float: ...


Counts = Floats
"""[..., 4]: true positives, false positives, true negatives, false negatives; positive = a default is expected."""


@dataclass(frozen=True, slots=True)
class Rate:
    """numerator / denominator of counts [..., 4]; where the denominator is 0 there is no rate: `undefined` says why."""

    numerator: Callable[[Counts, CostLike], Floats]
    denominator: Callable[[Counts], Floats]
    undefined: str


def _sum(*columns: int) -> Callable[[Counts], Floats]:
    return lambda counts: counts[..., list(columns)].sum(axis=-1)


def _share(of: tuple[int, ...], among: tuple[int, ...], undefined: str) -> Rate:
    return Rate(lambda counts, _: _sum(*of)(counts), _sum(*among), undefined)


TP, FP, TN, FN = range(4)
ALL = (TP, FP, TN, FN)
RATES: Final[Mapping[str, Rate]] = {
    "accuracy": _share((TP, TN), ALL, "there are no rows"),
    "precision": _share((TP,), (TP, FP), "no default is expected at this threshold"),
    "recall": _share((TP,), (TP, FN), "nobody defaulted"),
    "f1": Rate(
        lambda counts, _: 2 * counts[..., TP],
        lambda counts: 2 * counts[..., TP] + counts[..., FP] + counts[..., FN],
        "nobody defaulted, and no default is expected at this threshold",
    ),
    "specificity": _share((TN,), (TN, FP), "everybody defaulted"),
    "approval_rate": _share((TN, FN), ALL, "there are no rows"),
    "default_rate_of_approved": _share((FN,), (TN, FN), "nobody is approved at this threshold"),
    "cost": Rate(
        lambda counts, cost: cost.false_negative * counts[..., FN] + cost.false_positive * counts[..., FP],
        lambda counts: np.ones(counts.shape[:-1]),
        "there are no rows",
    ),
}
"""Each rate by its name. Who is not expected to default is approved; `cost` is a sum, not a share."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """The four counts; positive = a default is expected, and the applicant refused."""

    true_positive: int
    false_positive: int
    true_negative: int
    false_negative: int

    @classmethod
    def of(cls, defaulted: npt.ArrayLike, expected: npt.ArrayLike) -> Confusion:
        """Outcomes [N] and expectations [N], 1 = default. ValueError for anything but vectors of 0 and 1."""
        outcomes, positive = matched(defaulted, expected)
        matched(positive, outcomes)  # expectations, too, are 0 or 1
        both = outcomes @ positive
        return cls(
            int(both),
            int(positive.sum() - both),
            int(((1 - outcomes) * (1 - positive)).sum()),
            int(outcomes.sum() - both),
        )

    def rate(self, name: str, weights: CostLike) -> float | None:
        """One of RATES; None where it is undefined."""
        rate, counts = RATES[name], self._counts
        among = float(rate.denominator(counts))
        return float(rate.numerator(counts, weights)) / among if among else None

    def counted(self, name: str, weights: CostLike) -> tuple[int, int]:
        """(how many, among how many) of one of RATES that is a share of rows."""
        rate, counts = RATES[name], self._counts
        return int(rate.numerator(counts, weights)), int(rate.denominator(counts))

    @property
    def _counts(self) -> Counts:
        counts = [self.true_positive, self.false_positive, self.true_negative, self.false_negative]
        return np.array(counts, dtype=np.float64)
