"""The 80% test of one sensitive attribute, as a card shows it and a gate judges it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.fairness import GroupRate, ImpactRatio, approval_rates, impact_ratio
from model_store.card import CardFairness, CardGroup, Estimate, Verdict
from training.dataset import Groups
from training.thresholds import Thresholds


@dataclass(frozen=True)
class Finding:
    """One attribute's approval rates by group, the lowest over the highest of those large enough, and the verdict."""

    attribute: str
    rates: Mapping[str, GroupRate]
    ratio: ImpactRatio | None
    verdict: Verdict
    explanation: str
    smallest: int

    def on_card(self, decided_by: str) -> CardFairness:
        """As a model card says it."""
        return CardFairness(
            attribute=self.attribute,
            decided_by=decided_by,
            groups=tuple(
                CardGroup(
                    group=group,
                    n=rate.n,
                    approval_rate=Estimate(value=rate.rate, low=rate.low, high=rate.high),
                    warning=None if rate.n >= self.smallest else f"fewer than {self.smallest} customers: not judged",
                )
                for group, rate in self.rates.items()
            ),
            impact_ratio=Estimate(value=self.ratio.value, low=self.ratio.low, high=self.ratio.high)
            if self.ratio
            else None,
            verdict=self.verdict,
            explanation=self.explanation,
        )


def eighty_percent_test(attribute: str, groups: Groups, approved: npt.NDArray[np.bool_], limits: Thresholds) -> Finding:
    """Judge who is approved [N] by the group [N] of each.

    The ratio itself decides, not its interval: the interval says how sure the verdict is, and goes into the words.
    """
    rates, smallest = approval_rates(groups, approved, limits.confidence), limits.smallest(len(groups))
    if (count := int(approved.sum())) < limits.fewest_approved:
        few = f"{count} of {len(groups)} customers are approved; below {limits.fewest_approved} a rate is chance"
        return Finding(attribute, rates, None, "cannot be judged", few, smallest)
    try:
        ratio = impact_ratio(groups, approved, limits.confidence, smallest)
    except ValueError as error:
        return Finding(attribute, rates, None, "cannot be judged", f"{error}", smallest)
    passes = ratio.value >= limits.impact_ratio
    told = (
        f"{ratio.least} are approved at {rates[ratio.least].rate:.1%}, {ratio.most} at {rates[ratio.most].rate:.1%}: "
        f"a ratio of {ratio.value:.2f} ({limits.confidence:.0%} interval {ratio.low:.2f} to {ratio.high:.2f}), "
        f"{'at least' if passes else 'below'} {limits.impact_ratio:g}"
    )
    if passes and ratio.low < limits.impact_ratio:
        told += "; by chance it could be below"
    elif not passes and ratio.high >= limits.impact_ratio:
        told += "; by chance alone it could be this low"
    return Finding(attribute, rates, ratio, "passes" if passes else "fails", told, smallest)
