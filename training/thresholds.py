"""Where every gate before a promotion draws its line, and why there."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """All limits of the gates.

    `confidence`: of every interval; the custom of model validation, and DeLong's paper's.
    `fewest_per_class`: defaults, and non-defaults, that a validation set must hold. With fewer, an interval of the AUC
    is wider than .2 and any candidate would be "not worse beyond chance".
    `auc_margin`, `brier_margin`: a loss that is beyond its interval and still means nothing. The interval of two models
    that are nearly the same is so narrow that fitting again with another seed can fall outside: of twelve such pairs
    (nets and trees, demo and Taiwan data) two did, and the largest differences were .0033 and .0004.
    `calibration_allowance`: calibration error of a route, as a share of the default rate, beyond what chance alone
    makes of a perfect PD on so many customers (`calibration_draws` simulations). The default rate of a calibration
    sample with 100 defaults, the custom's least, is itself uncertain by a tenth (one standard error, 1 / sqrt(100)).
    `slope_allowance`: of a route's calibration slope, beyond its interval around 1. A tenth is what the slope of a
    calibration sample of some thousand customers with a few hundred defaults is itself uncertain by (the slopes of the
    shipped models are 1.02 to 1.05); a mean of models that are each calibrated by itself has 1.3 and more.
    `impact_ratio`: four fifths, 29 CFR 1607.4(D). `smallest_group`, `smallest_share`: groups below either are shown and
    not judged: below 30 people three approvals change a rate by a tenth; 2% is the share below which the agencies ask
    for no determination (Questions and Answers on the Uniform Guidelines, 44 FR 11996 (1979)).
    `fewest_approved`: approvals in all groups together, below which a ratio of rates is chance: 5 approvals among 4,500
    customers say nothing of any group.
    `psi_warns`, `psi_refuses`: the customary limits of a stable and of a shifted distribution of scores
    (N. Siddiqi, Credit Risk Scorecards (2006)).
    """

    confidence: float = 0.95
    fewest_per_class: int = 30
    auc_margin: float = 0.0035
    brier_margin: float = 0.0004
    calibration_allowance: float = 0.1
    calibration_draws: int = 200
    slope_allowance: float = 0.1
    impact_ratio: float = 0.8
    smallest_group: int = 30
    smallest_share: float = 0.02
    fewest_approved: int = 30
    psi_warns: float = 0.1
    psi_refuses: float = 0.25

    def smallest(self, customers: int) -> int:
        """The smallest group that is judged among so many customers."""
        return max(self.smallest_group, math.ceil(self.smallest_share * customers))
