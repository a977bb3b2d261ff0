"""Exact Shapley values and interactions of a game of few players, from the values of all its coalitions.

Formulas: L. Shapley, "A Value for n-Person Games" (1953); interactions: M. Grabisch and M. Roubens (1999), shared
between the two features of a pair as SHAP interaction values are (S. Lundberg et al., Nature Machine Intelligence 2,
2020).
"""

from __future__ import annotations

import math

import numpy as np

from explanation.lab.arrays import Flags, Floats

MOST_PLAYERS = 10
"""1,024 coalitions, each scored with every row of the background."""


def coalitions(players: int) -> Flags:
    """[2^k, k]: who is in each coalition; number s holds player i where bit i of s is set."""
    members: Flags = (np.arange(1 << players)[:, None] >> np.arange(players)) & 1 == 1
    return members


def shapley(values: Floats) -> Floats:
    """Shapley values [k] of a game given by the values [2^k] of its coalitions."""
    count = values.size.bit_length() - 1
    members = coalitions(count)
    size, every = members.sum(axis=1), np.arange(values.size)
    weight = np.array([1 / (count * math.comb(count - 1, s)) for s in range(count)])
    found = np.empty(count)
    for i in range(count):
        without = every[~members[:, i]]
        found[i] = weight[size[without]] @ (values[without | 1 << i] - values[without])
    return found


def interactions(values: Floats) -> Floats:
    """[k, k]: off the diagonal half of each pair's interaction, on it what is left of each player's Shapley value.

    A pair's interaction is the mean over coalitions S without both of v(S+ij) - v(S+i) - v(S+j) + v(S), weighted with
    |S|! (k-|S|-2)! / (k-1)!. This is Shapley's interaction index, as shap's TreeExplainer gives it; its ExactExplainer
    gives the Shapley-Taylor index, which shares out what three features do together in another way.
    """
    count = values.size.bit_length() - 1
    members = coalitions(count)
    size, every = members.sum(axis=1), np.arange(values.size)
    weight = [1 / ((count - 1) * math.comb(count - 2, s)) for s in range(count - 1)]
    shares = np.array(weight)
    found = np.zeros((count, count))
    for i in range(count):
        for j in range(i):
            without = every[~members[:, i] & ~members[:, j]]
            both = values[without | 1 << i | 1 << j] - values[without | 1 << i] - values[without | 1 << j]
            found[i, j] = found[j, i] = shares[size[without]] @ (both + values[without]) / 2
    return with_main_effects(found, shapley(values))


def with_main_effects(pairs: Floats, contributions: Floats) -> Floats:
    """The matrix [k, k] of pairs, its diagonal filled so that each row adds up to that feature's contribution."""
    off = pairs - np.diag(np.diag(pairs))
    return off + np.diag(contributions - off.sum(axis=1))
