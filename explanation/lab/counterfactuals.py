"""What would change a laboratory model's decision: several small changes, each enough by itself, found by scoring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explanation.counterfactual import MOST_CHANGES, Alternative, Inputs, alternatives
from explanation.lab.arrays import Floats
from explanation.lab.constraints import Constraints, constrained
from explanation.lab.served import Served

__all__ = ["MOST_CHANGES", "counterfactuals"]


def counterfactuals(
    served: Served, row: Floats, plausible: Floats, highest: float, constraints: Constraints, count: int
) -> list[Alternative]:
    """Up to `count` alternatives of a row [n] whose log-odds are `highest` or less, the smallest first; [] if none.

    `plausible` [P, n]: rows whose values are tried. Each alternative changes up to MOST_CHANGES features, and not one
    more than it needs. They differ: one feature alone is told once, and of a combination found the largest change is
    left out of the search for the next one. Raises ModelUnavailable.
    """
    given: Inputs = {served.name: tuple(row.tolist())}
    rest = list(constrained(served.features, row, plausible, constraints, served.name))

    def scores(inputs: Sequence[Inputs]) -> list[float]:
        rows = np.array([each[served.name] for each in inputs], dtype=np.float64)
        return [-each for each in served.log_odds(rows).tolist()]

    found: list[Alternative] = []
    while len(found) < count and (more := alternatives(given, rest, scores, -highest)):
        found += [each for each in more if not _is_wider(each, found)]
        used = [_left_out(each) for each in more]
        rest = [lever for lever in rest if not any(lever is each for each in used)]
    found.sort(key=lambda each: (len(each.changes), sum(change.size for change in each.changes)))
    return found[:count]


def _left_out(found: Alternative) -> object:
    """The lever that the next search does without."""
    return max(found.changes, key=lambda each: each.size).lever


def _is_wider(one: Alternative, found: Sequence[Alternative]) -> bool:
    """Whether an alternative changes all that one found already does."""
    levers = {id(each.lever) for each in one.changes}
    return any({id(each.lever) for each in other.changes} <= levers for other in found)
