"""Outcomes are known of loans that were granted: they are held against their like, not against all who applied."""

from __future__ import annotations

from typing import Final

import numpy as np

from evaluation.arrays import Floats

Outcomes = tuple[Floats, Floats | None]
"""(outcomes [N], NaN where not known; PDs [N] or None)."""
REACH: Final = 0.995
"""Quantile of the PDs with a known outcome up to which there are some: one override reaches further than they do."""
NOTICED: Final = 0.05
"""Share of a side beyond that reach from which on the outcomes are of other people than the side."""


def reach(reference: Outcomes, current: Outcomes) -> float | None:
    """The PD up to which current outcomes are known, where a good part of either side lies beyond it; else None.

    Who is refused has no outcome. A model ranks what it let through worse than all applicants, most of whose bad ones
    it kept out: against everybody a model that is as good as ever looks worn out (restriction of range; D. J. Hand,
    W. E. Henley, J. R. Stat. Soc. A 160 (1997) 523-541, on what rejection hides).
    """
    (_, before), (outcomes, now) = reference, current
    if before is None or now is None or np.isnan(outcomes).all():
        return None
    found = float(np.quantile(now[~np.isnan(outcomes)], REACH))
    beyond = max(float((each > found).mean()) for each in (before, now))
    return found if beyond >= NOTICED else None


def within(side: Outcomes, furthest: float) -> Outcomes:
    """The rows of a side with a PD of at most `furthest`."""
    outcomes, pds = side
    return side if pds is None else (outcomes[pds <= furthest], pds[pds <= furthest])
