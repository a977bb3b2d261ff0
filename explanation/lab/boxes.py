"""Exact Shapley values and interactions of a sum of trees against many background rows, leaf by leaf.

A leaf is a box. Of the features that decide whether a mixture of row x and background row r reaches it, A holds those
that let only x in, B those that let only r in; a and b are how many. In the game of one leaf of value v, a coalition
is worth v if it holds all of A and none of B. Shapley's formula then gives each of A v (a-1)! b! / (a+b)! and each of B
-v a! (b-1)! / (a+b)!; a pair within A interacts by v (a-2)! b! / (a+b-1)!, one within B by v a! (b-2)! / (a+b-1)!, and
one of each by -v (a-1)! (b-1)! / (a+b-1)!. For Shapley values this is interventional TreeSHAP (S. Lundberg et al.,
Nature Machine Intelligence 2, 2020).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explanation.lab.arrays import Flags, Floats
from explanation.lab.coalitions import with_main_effects
from model_store.arrays import ArraysError, read_arrays

_Bits = NDArray[np.uint64]
_WORD = 64


@dataclass(frozen=True, eq=False)
class _Reached:
    """For one background row: leaf values [R]; which features let in only the row, and only the background [R, n]."""

    value: Floats
    only_row: Flags
    only_background: Flags


class Boxes:
    """The leaves of a sum of trees: row x reaches leaf l iff low[l] <= x < high[l] in every feature.

    A missing value is inside where missing[l] says so. value [L], the others [L, n].
    """

    def __init__(self, value: Floats, low: Floats, high: Floats, missing: Flags) -> None:
        self._value, self._low, self._high, self._missing = value, low, high, missing
        bounded = (low > -np.inf) | (high < np.inf) | ~missing
        most = int(bounded.sum(axis=1).max(initial=0))
        self._single = _table(most, lambda a, b: 1 / (a * math.comb(a + b, a)) if a else 0.0)
        self._alike = _table(most, lambda a, b: 1 / ((a + b - 1) * math.comb(a + b - 2, b)) if a > 1 else 0.0)
        self._mixed = _table(most, lambda a, b: 1 / ((a + b - 1) * math.comb(a + b - 2, b - 1)) if a and b else 0.0)

    @classmethod
    def from_bytes(cls, data: bytes, features: int) -> Boxes:
        """Read trees.npz of a bundle with so many features. Raises ArraysError."""
        arrays = read_arrays(data, ["leaf_value", "low", "high", "missing"])
        value, *sides = arrays.values()
        kinds = [each.dtype for each in arrays.values()]
        has_shape = all(each.shape == (value.size, features) for each in sides)
        if kinds != [np.float64, np.float64, np.float64, np.bool_] or not has_shape:
            raise ArraysError("its boxes are not one row of numbers for each leaf, one column for each feature")
        return cls(value, *sides)

    def contributions(self, rows: Floats, background: Floats) -> Floats:
        """Shapley values [N, n] of rows [N, n], the mean over background rows [M, n]."""
        others = self._bits_of(background)
        return np.array([self._contributions(row, others) for row in rows])

    def interactions(self, row: Floats, background: Floats) -> Floats:
        """[n, n], the mean over background rows: as `explanation.lab.coalitions.interactions`."""
        others = self._bits_of(background)
        total = np.zeros((row.size, row.size))
        for each in self._reached(row, others):
            a, b = each.only_row.sum(axis=1), each.only_background.sum(axis=1)
            mine, theirs = each.only_row.astype(np.float64), each.only_background.astype(np.float64)
            total += mine.T @ ((each.value * self._alike[a, b])[:, None] * mine)
            total += theirs.T @ ((each.value * self._alike[b, a])[:, None] * theirs)
            across = mine.T @ ((each.value * self._mixed[a, b])[:, None] * theirs)
            total -= across + across.T
        return with_main_effects(total / (2 * len(background)), self._contributions(row, others))

    def _contributions(self, row: Floats, others: _Bits) -> Floats:
        total = np.zeros(row.size)
        for each in self._reached(row, others):
            a, b = each.only_row.sum(axis=1), each.only_background.sum(axis=1)
            total += (each.value * self._single[a, b]) @ each.only_row
            total -= (each.value * self._single[b, a]) @ each.only_background
        return total / len(others)

    def _reached(self, row: Floats, others: _Bits) -> Iterator[_Reached]:
        """For each background row the leaves that some mixture reaches, but those that every mixture does."""
        own = _packed(self._inside(row))
        every = _packed(np.ones((1, row.size), np.bool_))
        for other in others:
            at = np.flatnonzero(((own | other) == every).all(axis=1) & (own != other).any(axis=1))
            mine, theirs = own[at], other[at]
            only_row, only_other = _unpacked(mine & ~theirs, row.size), _unpacked(theirs & ~mine, row.size)
            yield _Reached(self._value[at], only_row, only_other)

    def _bits_of(self, background: Floats) -> _Bits:
        """[M, L, w]: where each background row is inside."""
        return np.array([_packed(self._inside(row)) for row in background])

    def _inside(self, row: Floats) -> Flags:
        """[L, n]: whether the feature is inside each leaf's box."""
        inside: Flags = (self._low <= row) & (row < self._high)
        return np.where(np.isnan(row), self._missing, inside)


def _packed(inside: Flags) -> _Bits:
    """Flags [L, n] as [L, ceil(n / 64)] words: a hundred times quicker to compare than the flags."""
    padded = np.zeros((len(inside), -inside.shape[1] % _WORD + inside.shape[1]), np.bool_)
    padded[:, : inside.shape[1]] = inside
    return np.packbits(padded, axis=1).view(np.uint64)


def _unpacked(bits: _Bits, features: int) -> Flags:
    return np.unpackbits(bits.view(np.uint8), axis=1, count=features).astype(np.bool_)


def _table(most: int, formula: Callable[[int, int], float]) -> Floats:
    """A formula by [a, b] for a + b up to `most`; as floats, since a leaf may lie deep."""
    table = np.zeros((most + 1, most + 1))
    for a in range(most + 1):
        for b in range(most + 1 - a):
            table[a, b] = formula(a, b)
    return table
