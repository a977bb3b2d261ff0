"""Baseline Shapley values where a formula gives them: linear models and sums of trees.

Both take the model's output apart against one reference applicant: M. Sundararajan and A. Najmi, "The Many Shapley
Values for Model Explanation" (ICML 2020), where it is called BShap; for trees this is interventional TreeSHAP with one
background row (S. Lundberg et al., Nature Machine Intelligence 2, 2020).
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from model_store.arrays import ArraysError, read_arrays

Vector = NDArray[np.float64]


class ClosedForm(Protocol):
    """A formula for one model's contributions."""

    method: str

    def contributions(self, row: Vector) -> Vector:
        """What each of the row's features [n] adds to the output, against the reference."""


class LinearForm:
    """coefficient x (value - reference): the Shapley values of any linear function."""

    method = "linear (exact)"

    def __init__(self, data: bytes, reference: Vector) -> None:
        """Read linear.npz. Raises ArraysError."""
        self._coefficients = _numbers(read_arrays(data, ["coefficients"])["coefficients"], reference.shape)
        self._reference = reference

    def contributions(self, row: Vector) -> Vector:
        """See ClosedForm."""
        return self._coefficients * (row - self._reference)


class TreesForm:
    """The Shapley values of a sum of trees, leaf by leaf.

    A leaf is a box. Of the features that decide whether a mixture of row x and reference r reaches it, A holds those
    that let only x in, B those that let only r in; with a and b of them, a leaf of value v gives each of A
    v (a-1)! b! / (a+b)! and each of B -v a! (b-1)! / (a+b)!. Where some feature lets neither in, it gives nothing.
    """

    method = "trees (exact)"

    def __init__(self, data: bytes, reference: Vector) -> None:
        """Read trees.npz. Raises ArraysError."""
        arrays = read_arrays(data, ["leaf_value", "low", "high", "missing"])
        self._value = _numbers(arrays["leaf_value"], (arrays["leaf_value"].size,))
        boxes = (self._value.size, reference.size)
        self._low, self._high, self._missing = arrays["low"], arrays["high"], arrays["missing"]
        if any(each.shape != boxes for each in (self._low, self._high, self._missing)):
            raise ArraysError("its boxes do not have one row for each leaf and one column for each feature")
        if self._missing.dtype != np.bool_ or not all(each.dtype == np.float64 for each in (self._low, self._high)):
            raise ArraysError("its boxes are not float64 and bool")
        bounded = (self._low > -np.inf) | (self._high < np.inf) | ~self._missing
        self._share = _shares(int(bounded.sum(axis=1).max(initial=0)))
        self._reference_in = self._inside(reference)

    def contributions(self, row: Vector) -> Vector:
        """See ClosedForm."""
        row_in = self._inside(row)
        reachable = (row_in | self._reference_in).all(axis=1)
        row_in, reference_in, value = row_in[reachable], self._reference_in[reachable], self._value[reachable]
        only_row, only_reference = row_in & ~reference_in, reference_in & ~row_in
        a, b = only_row.sum(axis=1), only_reference.sum(axis=1)
        gained: Vector = (value * self._share[a, b]) @ only_row
        lost: Vector = (value * self._share[b, a]) @ only_reference
        return gained - lost

    def _inside(self, row: Vector) -> NDArray[np.bool_]:
        """[L, n]: whether the feature is inside each leaf's box, which holds 64-bit inputs whatever the trees use."""
        inside: NDArray[np.bool_] = (self._low <= row) & (row < self._high)
        return np.where(np.isnan(row), self._missing, inside)


def _numbers(array: NDArray[Any], shape: tuple[int, ...]) -> Vector:
    if array.shape != shape or array.dtype != np.float64 or not np.isfinite(array).all():
        raise ArraysError("an array has another shape or type than it must, or holds a number that is not finite")
    return array


def _shares(most: int) -> Vector:
    """(a-1)! b! / (a+b)! = 1 / (a C(a+b, a)) by [a, b], 0 where a is 0; as floats, since a leaf may lie deep."""
    table = np.zeros((most + 1, most + 1))
    for a in range(1, most + 1):
        for b in range(most + 1 - a):
            table[a, b] = 1 / (a * math.comb(a + b, a))
    return table
