"""Interactions: how much two features do together that neither does alone, in log-odds; the whole matrix adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explanation.lab.arrays import Floats
from explanation.lab.coalitions import coalitions, interactions
from explanation.lab.served import Served
from explanation.lab.shapley import ADDITIVE, ENUMERATED, TREES, Explained

REST = "all other features together"


@dataclass(frozen=True, eq=False)
class Interactions:
    """`names` [k] of the players, `matrix` [k, k]: base + matrix.sum() = output.

    Off the diagonal half of each pair's interaction, twice; on it what each feature does without the others. `method`
    says how; `together` names the features that act as the one player REST, which is then the last.
    """

    names: tuple[str, ...]
    matrix: Floats
    method: str
    together: tuple[str, ...] = ()


def interact(served: Served, row: Floats, explained: Explained, evaluations: int) -> Interactions:
    """The interactions of one row [n], which `explained` holds as its only one. Raises ModelUnavailable.

    A sum over features has none. Trees have a formula. Otherwise all coalitions are scored: of every feature where so
    few move, else of those that contribute most, all others acting as one (a quotient game: exact, of fewer players).
    """
    names, contributions = tuple(feature.name for feature in served.features), explained.contributions[0]
    if explained.methods[0] == ADDITIVE:
        return Interactions(names, np.diag(contributions), ADDITIVE)
    total = float(explained.outputs[0] - explained.base)
    if explained.methods[0] == TREES and served.boxes is not None:
        matrix = served.boxes.interactions(row, served.background)
        return Interactions(names, _completed(matrix, total), TREES)
    return _enumerated(served, row, contributions, total, evaluations)


def _enumerated(served: Served, row: Floats, contributions: Floats, total: float, evaluations: int) -> Interactions:
    moving = np.flatnonzero(served.differs(row))
    most = max(2, int(np.log2(max(evaluations / len(served.background), 4))))
    players: Sequence[Sequence[int]] = [[int(i)] for i in moving]
    rest: list[int] = []
    if moving.size > most:
        order = moving[np.argsort(-np.abs(contributions[moving]), kind="stable")]
        top, rest = sorted(order[: most - 1].tolist()), sorted(order[most - 1 :].tolist())
        players = [*([i] for i in top), rest]
    members = coalitions(len(players))
    held = np.zeros((len(members), row.size), np.bool_)
    for at, player in enumerate(players):
        held[:, player] = members[:, [at]]
    values = served.mixtures(row, held, served.background).mean(axis=1)
    names = [served.features[player[0]].name for player in players]
    if rest:
        names[-1] = REST
    together = tuple(served.features[i].name for i in rest)
    matrix = _completed(interactions(values), total)
    return Interactions(tuple(names), matrix, ENUMERATED, together)


def _completed(matrix: Floats, total: float) -> Floats:
    """The matrix, adding up to `total`: what rounding left over goes to the entries in proportion to their sizes."""
    sizes = np.abs(matrix)
    whole = float(sizes.sum())
    return matrix + sizes * ((total - float(matrix.sum())) / whole) if whole else matrix
