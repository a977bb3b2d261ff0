"""Interactions: how much two features do together that neither does alone, in log-odds; each matrix adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explanation.lab.arrays import Floats
from explanation.lab.coalitions import coalitions, interactions
from explanation.lab.served import Served
from explanation.lab.shapley import ADDITIVE, ENUMERATED, TREES, Explained

REST = "all other features together"
LEAST_PLAYERS = 3


@dataclass(frozen=True, eq=False)
class Interactions:
    """`names` [k] of the players, `matrices` [N, k, k]: base + matrix.sum() is the row's log-odds.

    Off the diagonal half of each pair's interaction, twice; on it what each feature does without the others. `method`
    says how; `together` names the features that act as the one player REST, which is then the last.
    """

    names: tuple[str, ...]
    matrices: Floats
    method: str
    together: tuple[str, ...] = ()


def interact(served: Served, rows: Floats, explained: Explained, evaluations: int) -> Interactions:
    """The interactions of rows [N, n], which `explained` holds. Raises ModelUnavailable.

    A sum over features has none. Trees have a formula. Otherwise all coalitions are scored, about `evaluations` rows
    for each row: of every feature where so few move, else of those that contribute most over the rows, all others
    acting as one (a quotient game: exact, of fewer players).
    """
    names, methods = tuple(feature.name for feature in served.features), set(explained.methods)
    totals = explained.outputs - explained.base
    if methods == {ADDITIVE}:
        return Interactions(names, np.array([np.diag(each) for each in explained.contributions]), ADDITIVE)
    if methods == {TREES} and served.boxes is not None:
        found = np.array([served.boxes.interactions(row, served.background) for row in rows])
        return Interactions(names, _completed(found, totals), TREES)
    players, rest = _players(served, rows, explained.contributions, evaluations)
    held = np.zeros((1 << len(players), len(names)), np.bool_)
    for at, member in enumerate(coalitions(len(players)).T):
        held[:, players[at]] = member[:, None]
    games = [served.mixtures(row, held, served.background).mean(axis=1) for row in rows]
    matrices = _completed(np.array([interactions(each) for each in games]), totals)
    called = tuple(REST if player is rest else names[player[0]] for player in players)
    return Interactions(called, matrices, ENUMERATED, tuple(names[i] for i in rest))


def _players(
    served: Served, rows: Floats, contributions: Floats, evaluations: int
) -> tuple[list[list[int]], Sequence[int]]:
    """(players as lists of features, the last one's features if it is all the others)."""
    moving = np.flatnonzero(np.any([served.differs(row) for row in rows], axis=0))
    most = max(LEAST_PLAYERS, int(np.log2(max(evaluations // len(served.background), 1))))
    if moving.size <= most:
        return [[int(i)] for i in moving], []
    order = moving[np.argsort(-np.abs(contributions[:, moving]).sum(axis=0), kind="stable")]
    rest = sorted(order[most - 1 :].tolist())
    return [*([i] for i in sorted(order[: most - 1].tolist())), rest], rest


def _completed(matrices: Floats, totals: Floats) -> Floats:
    """Matrices that add up to `totals` [N]: rounding's remainder goes to the entries in proportion to their sizes."""
    sizes = np.abs(matrices)
    whole = sizes.sum(axis=(1, 2))
    left = np.divide(totals - matrices.sum(axis=(1, 2)), whole, out=np.zeros_like(whole), where=whole > 0)
    return np.asarray(matrices + sizes * left[:, None, None])
