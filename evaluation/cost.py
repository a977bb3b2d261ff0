"""What decisions cost."""

from __future__ import annotations

import numpy.typing as npt

from evaluation.arrays import matched


def business_cost(defaulted: npt.ArrayLike, approved: npt.ArrayLike, fn_cost: float = 10, fp_cost: float = 1) -> float:
    """fn_cost x defaults that were approved + fp_cost x good customers who were not, over outcomes and decisions [N].

    In units of the profit that one good customer brings; C. Elkan, IJCAI 17 (2001) 973-978, on such cost matrices.
    ValueError when the vectors are empty, differ in length or hold anything but 0 and 1.
    """
    outcomes, granted = matched(defaulted, approved)
    matched(granted, outcomes)  # decisions, too, are 0 or 1
    return float(fn_cost * (outcomes * granted).sum() + fp_cost * ((1 - outcomes) * (1 - granted)).sum())
