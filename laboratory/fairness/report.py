"""What is said of one attribute: each group's rates, how far they are apart, and what cannot be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evaluation.arrays import Floats
from evaluation.fairness import SMALLEST_GROUP
from evaluation.intervals import wilson
from laboratory.fairness.attributes import Attribute
from laboratory.fairness.calibration import calibration
from laboratory.fairness.cells import SHARES, cells_of, redrawn
from laboratory.fairness.measures import Gap, Ratio, basic, difference, largest_gap, of_the_farthest, plain, ratio
from laboratory.fairness.rates import group_rates

RESAMPLES: Final = 1000
GAPS: Final[Mapping[str, str]] = {
    "demographic_parity_difference": "selection_rate",
    "equal_opportunity_difference": "true_positive_rate",
    "false_positive_rate_difference": "false_positive_rate",
    "predictive_parity_difference": "predictive_value",
}
"""Each is the largest difference of that rate between groups."""
NEEDS_LABELS: Final = "it needs labels"


@dataclass(frozen=True, eq=False)
class Evidence:
    """What happened to N people. `selected` [N]: 1 = the favourable decision; `good` [N]: 1 = the favourable outcome.

    `probability` [N]: of `labels` [N] being 1. All but `selected` may be unknown.
    """

    selected: Floats
    good: Floats | None = None
    labels: Floats | None = None
    probability: Floats | None = None


def report(
    attribute: Attribute, evidence: Evidence, confidence: float, seed: int, reference: str | None = None
) -> dict[str, Any]:
    """Of each group its size and rates (Wilson's intervals), and the measures between groups.

    `reference`: the group that others are compared with; by default the one of 30 people or more with the highest
    selection rate. Measures between groups have a bootstrap's interval (`redrawn`), ratios Katz's.
    """
    names = attribute.names
    cells = cells_of(attribute.group, len(names), evidence.selected, evidence.good)
    rates = group_rates(cells, evidence.good is not None)
    sizes = cells.sum(axis=1)
    small = sizes < SMALLEST_GROUP
    base = _reference(names, rates["selection_rate"], sizes, reference)
    drawn_cells = redrawn(cells, RESAMPLES, seed)
    drawn = {name: SHARES[name].rate(drawn_cells) for name in rates}
    everybody = np.ones(len(names), dtype=bool)
    between, not_said = _between(names, cells, rates, drawn, everybody, base, confidence)
    inside = calibration(attribute, evidence.labels, evidence.probability, confidence)
    groups = [_group(attribute, i, cells, rates, base, confidence) for i in range(len(names))]
    for group, found in zip(groups, inside.groups, strict=True):
        group["calibration"] = found
    answer: dict[str, Any] = {
        "reference_group": names[base],
        "groups": groups,
        **between,
        "calibration_gap_difference": inside.difference,
        "not_said": {**not_said, **inside.not_said},
        "warnings": _warnings(names, sizes, small),
    }
    if small.any() and (~small).sum() >= 2:
        large_base = base if not small[base] else _reference(names, rates["selection_rate"], sizes, None)
        answer["without_small_groups"], _ = _between(names, cells, rates, drawn, ~small, large_base, confidence)
    return answer


def _reference(names: tuple[str, ...], rates: Floats, sizes: Floats, wanted: str | None) -> int:
    if wanted is not None:
        return names.index(wanted)
    candidates = np.flatnonzero(sizes >= SMALLEST_GROUP)
    if not len(candidates):
        candidates = np.arange(len(names))
    return int(max(candidates, key=lambda i: (rates[i], sizes[i], -i)))


def _group(
    attribute: Attribute, i: int, cells: Floats, rates: Mapping[str, Floats], base: int, confidence: float
) -> dict[str, Any]:
    n = int(cells[i].sum())
    group: dict[str, Any] = {"group": attribute.names[i], "n": n, "small": n < SMALLEST_GROUP}
    not_said = {}
    for name, share in SHARES.items():
        part, whole = share.counts(cells[i])
        if name not in rates:
            not_said[name] = NEEDS_LABELS
        elif np.isnan(rates[name][i]):
            not_said[name] = f"the group has no {share.needs}"
        else:
            found = wilson(int(part), int(whole), confidence)
            group[name] = {"value": float(rates[name][i]), "low": found.low, "high": found.high, "of": int(whole)}
    if i != base:
        selected, sizes = SHARES["selection_rate"].counts(cells)
        chosen, of_base = (int(selected[i]), int(sizes[i])), (int(selected[base]), int(sizes[base]))
        group["statistical_parity_difference"] = plain(difference(*chosen, *of_base, confidence))
        pair = (attribute.names[i], attribute.names[base])
        group["disparate_impact"] = asdict(ratio((chosen[0], of_base[0]), (chosen[1], of_base[1]), pair, confidence))
    group["not_said"] = not_said
    return group


def _between(
    names: tuple[str, ...],
    cells: Floats,
    rates: Mapping[str, Floats],
    drawn: Mapping[str, Floats],
    judged: NDArray[np.bool_],
    base: int,
    confidence: float,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The measures between the groups that are judged [G], and why the others cannot be said."""
    gaps: dict[str, Gap | None] = {}
    said: dict[str, Any] = {}
    not_said = {}
    for measure, rate in GAPS.items():
        known = np.where(judged, rates[rate], np.nan) if rate in rates else None
        counts = SHARES[rate].counts(cells)
        gaps[measure] = None if known is None else largest_gap(known, drawn[rate], counts, names, confidence)
        found = gaps[measure]
        said[measure] = None if found is None else asdict(found)
        if known is None:
            not_said[measure] = NEEDS_LABELS
        elif found is None:
            not_said[measure] = f"it needs two groups that have {SHARES[rate].needs}"
    odds = (gaps["equal_opportunity_difference"], gaps["false_positive_rate_difference"])
    said["equalized_odds_difference"] = _odds(odds, rates, drawn, judged, confidence)
    if said["equalized_odds_difference"] is None:
        needs = "two groups that have people with the favourable outcome, and two with the unfavourable one"
        not_said["equalized_odds_difference"] = (
            NEEDS_LABELS if "true_positive_rate" not in rates else f"it needs {needs}"
        )
    said |= _impact(names, cells, rates["selection_rate"], judged, base, confidence, not_said)
    return said, not_said


def _odds(
    gaps: tuple[Gap | None, Gap | None],
    rates: Mapping[str, Floats],
    drawn: Mapping[str, Floats],
    judged: NDArray[np.bool_],
    confidence: float,
) -> dict[str, Any] | None:
    """The larger of the two gaps (M. Hardt, E. Price, N. Srebro, NIPS 29 (2016)), as fairlearn defines it."""
    first, second = gaps
    if first is None or second is None:
        return None
    value = max(first.value, second.value)
    spans = []
    for name in ("true_positive_rate", "false_positive_rate"):
        chosen = drawn[name][:, judged & ~np.isnan(rates[name])]
        spans.append(chosen.max(axis=1) - chosen.min(axis=1))
    larger = np.maximum(*spans)
    low, high = basic(value, larger[~np.isnan(larger)], confidence)
    of_larger = first if first.value >= second.value else second
    return {"value": value, "low": min(low, of_larger.low), "high": max(high, of_larger.high)}


def _impact(
    names: tuple[str, ...],
    cells: Floats,
    rates: Floats,
    judged: NDArray[np.bool_],
    base: int,
    confidence: float,
    not_said: dict[str, str],
) -> dict[str, Any]:
    """Ratio of the lowest to the highest selection rate, and of the lowest to the reference's: the 80% test."""
    of_interest = np.flatnonzero(judged)
    selected, sizes = SHARES["selection_rate"].counts(cells)

    def against(one: int, other: int) -> Ratio:
        pair = (selected[one], selected[other]), (sizes[one], sizes[other])
        return ratio(*pair, (names[one], names[other]), confidence)

    others = of_interest[of_interest != base]
    measures = ("demographic_parity_ratio", "disparate_impact", "statistical_parity_difference")
    if not len(others):
        not_said |= dict.fromkeys(measures, "it needs two groups")
        return dict.fromkeys(measures)
    lowest, highest = (int(of_interest[pick(rates[of_interest])]) for pick in (np.argmin, np.argmax))
    if lowest == highest:  # all rates are equal
        lowest = int(others[0])
        highest = base
    farthest = int(others[np.argmax(np.abs(rates[others] - rates[base]))])
    parity, impact = against(lowest, highest), against(int(others[np.argmin(rates[others])]), base)
    if parity.value is None:
        not_said["demographic_parity_ratio"] = "nobody has the favourable decision"
    if impact.value is None:
        not_said["disparate_impact"] = f"nobody of {impact.reference} has the favourable decision"
    counts = (int(selected[farthest]), int(sizes[farthest]), int(selected[base]), int(sizes[base]))
    apart = difference(*counts, of_the_farthest(confidence, len(of_interest)))
    parted = {**(plain(apart) or {}), "group": names[farthest], "reference": names[base]}
    return {
        "demographic_parity_ratio": None if parity.value is None else asdict(parity),
        "disparate_impact": None if impact.value is None else asdict(impact),
        "statistical_parity_difference": parted,
    }


def _warnings(names: tuple[str, ...], sizes: Floats, small: NDArray[np.bool_]) -> list[str]:
    found = []
    if len(names) < 2:
        found.append("There is one group only: nothing can be compared.")
    few = [f"{names[i]} ({int(sizes[i])})" for i in np.flatnonzero(small)]
    if few:
        more = f" and {len(few) - 10} more" if len(few) > 10 else ""
        found.append(
            f"Groups of fewer than {SMALLEST_GROUP} people: {', '.join(few[:10])}{more}. Chance alone makes their "
            "rates differ; without_small_groups leaves them out where two larger ones remain."
        )
    return found
