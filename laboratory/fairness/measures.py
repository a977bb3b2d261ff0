"""How far apart groups are: differences and ratios of their rates, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from evaluation.arrays import Floats
from evaluation.fairness import ratio_of_rates
from evaluation.intervals import Estimate, wilson

FOUR_FIFTHS = 0.8
"""29 CFR 1607.4(D): a selection rate below four fifths of the highest one counts as adverse impact."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The largest difference between two groups' rates with its interval, and which two they are."""

    value: float
    low: float
    high: float
    lowest: str
    highest: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """A group's rate over another's with its interval; `high` is not held to 1, and all None where nobody is selected.

    `passes_80_percent`: the verdict on the value; `certain`: the whole interval agrees with it.
    """

    value: float | None
    low: float | None
    high: float | None
    group: str
    reference: str
    passes_80_percent: bool | None
    certain: bool | None


def largest_gap(
    rates: Floats, drawn: Floats, counts: tuple[Floats, Floats], names: tuple[str, ...], confidence: float
) -> Gap | None:
    """Highest less lowest of the groups' rates [G], with the bootstrap of drawn rates [R, G]. None below two rates.

    It is fairlearn's `difference(method="between_groups")`. Resampling raises a largest difference: the interval is the
    basic one, 2 x value - percentile (Davison and Hinkley, Bootstrap Methods (1997), section 5.2), held to [0, 1] and
    widened to hold the value and the interval of `difference` for the two groups, at `of_the_farthest`: resamples of
    four people who were all selected never show another rate. `counts`: numerators and denominators of the rates [G].
    A NaN rate is of a group that cannot be compared.
    """
    known = np.flatnonzero(~np.isnan(rates))
    if len(known) < 2:
        return None
    lowest, highest = known[np.argmin(rates[known])], known[np.argmax(rates[known])]
    value = float(rates[highest] - rates[lowest])
    chosen = drawn[:, known]
    gaps = (chosen.max(axis=1) - chosen.min(axis=1))[~np.isnan(chosen).any(axis=1)]
    low, high = basic(value, gaps, confidence)
    part, whole = ([int(each[i]) for i in (highest, lowest)] for each in counts)
    pair = difference(part[0], whole[0], part[1], whole[1], of_the_farthest(confidence, len(known)))
    low, high = min(low, max(pair.low, 0.0)), max(high, min(pair.high, 1.0))
    return Gap(value, low, high, names[lowest], names[highest])


def basic(value: float, drawn: Floats, confidence: float) -> tuple[float, float]:
    """The basic bootstrap interval of a measure of [0, 1]; the whole range where no resample has the measure."""
    if not len(drawn):
        return 0.0, 1.0
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return max(min(2 * value - float(high), value), 0.0), min(max(2 * value - float(low), value), 1.0)


def difference(count: int, n: int, of_reference: int, n_reference: int, confidence: float) -> Estimate:
    """A group's share less the reference group's, with Newcombe's interval from the two of Wilson.

    R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10: usable for small groups and rates near 0 and 1.
    """
    ours, theirs = wilson(count, n, confidence), wilson(of_reference, n_reference, confidence)
    value = ours.value - theirs.value
    low = value - sqrt((ours.value - ours.low) ** 2 + (theirs.high - theirs.value) ** 2)
    return Estimate(value, low, value + sqrt((ours.high - ours.value) ** 2 + (theirs.value - theirs.low) ** 2))


def ratio(selected: tuple[float, float], n: tuple[float, float], names: tuple[str, str], confidence: float) -> Ratio:
    """The rate of a group over that of the reference (counts, sizes and names of the two), as `ratio_of_rates`."""
    (few, many), (n_few, n_many) = selected, n
    if not many:
        return Ratio(None, None, None, *names, None, None)
    found = ratio_of_rates(few, n_few, many, n_many, confidence)
    value, low, high = found.value, found.low, found.high
    passes = value >= FOUR_FIFTHS
    return Ratio(value, low, high, *names, passes, low >= FOUR_FIFTHS if passes else high < FOUR_FIFTHS)


def of_the_farthest(confidence: float, groups: int) -> float:
    """The confidence that an interval needs when its two groups are those of several that lie farthest apart.

    Bonferroni's, over all pairs: of ten equal groups the two extremes differ "significantly" more often than not.
    """
    return 1 - (1 - confidence) / max(groups * (groups - 1) // 2, 1)


def plain(estimate: Estimate | None) -> dict[str, Any] | None:
    """An estimate as JSON."""
    return None if estimate is None else {"value": estimate.value, "low": estimate.low, "high": estimate.high}
