"""A model's log-odds taken apart by feature, against the bundle's reference applicant: baseline Shapley values.

The value of a set of features is the log-odds of the applicant who has the row's values in these features and the
reference's in the others (Sundararajan and Najmi 2020, BShap). A feature equal to the reference therefore gets 0, and
base + contributions is the row's log-odds as served: what 32-bit arithmetic left between the two is shared by the
contributions in proportion to their sizes, and the last digit goes to the base.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from model_store.closed_forms import ClosedForm, Vector
from model_store.onnx_scorer import Rows
from scoring.features import Row
from scoring.reasons import Attribution

MOST_ENUMERATED = 12
"""Features that differ from the reference: up to here all 2^k mixtures are scored, 4,096 rows at most."""
PERMUTATIONS = 128
_SEED = 20_000
_CLOSED_FORM_GAP = 1e-3
"""Relative to 1 + |log-odds|: how far 32-bit arithmetic may take the served output from a formula's.

More means that the served log-odds were held to a limit, or that the formula is not this model's."""


class NotAttributable(Exception):
    """The model gave no usable output for the row, for the reference, or between them."""


class Attributor:
    """Takes rows apart. `score` is the served function [N, n] -> N log-odds; `unit` is log-odds per unit of output."""

    def __init__(
        self,
        score: Callable[[Rows], Sequence[float]],
        reference: Row,
        reference_name: str,
        closed_form: ClosedForm | None = None,
        unit: float = 1.0,
    ) -> None:
        self._score, self._closed_form, self._unit = score, closed_form, unit
        self._reference, self._reference_name = np.array(reference, dtype=np.float64), reference_name
        self._base = score([reference])[0]

    def __call__(self, row: Row) -> Attribution:
        """The row's attribution; the same row always gives the same. Raises NotAttributable."""
        values = np.array(row, dtype=np.float64)
        served = self._score([row])[0]
        method, contributions = self._by_formula(values, served) or self._by_scoring(values)
        completed = _completed(contributions, served - self._base)
        base = served - math.fsum(completed)
        if not math.isfinite(base):
            raise NotAttributable
        return Attribution(base, tuple(completed.tolist()), method, self._reference_name)

    def _by_formula(self, row: Vector, served: float) -> tuple[str, Vector] | None:
        if self._closed_form is None:
            return None
        contributions = self._unit * self._closed_form.contributions(row)
        gap = abs(self._base + contributions.sum() - served)
        if not gap <= _CLOSED_FORM_GAP * (1 + abs(served)):  # also true for NaN
            return None
        return self._closed_form.method, contributions

    def _by_scoring(self, row: Vector) -> tuple[str, Vector]:
        same = (row == self._reference) | (np.isnan(row) & np.isnan(self._reference))
        differing = np.flatnonzero(~same)
        contributions = np.zeros(row.size)
        if differing.size <= MOST_ENUMERATED:
            contributions[differing] = self._enumerate(row, differing)
            return "enumeration (exact)", contributions
        contributions[differing] = self._permute(row, differing)
        return f"permutations ({PERMUTATIONS}, complete)", contributions

    def _enumerate(self, row: Vector, features: NDArray[np.intp]) -> Vector:
        """Shapley's formula over all sets of the k features: weight |S|! (k-|S|-1)! / k! = 1 / (k C(k-1, |S|))."""
        count = features.size
        sets = np.arange(1 << count)
        holds = (sets[:, None] >> np.arange(count)) & 1 == 1
        value = self._mixtures(row, features, holds)
        size = holds.sum(axis=1)
        weight = np.array([1 / (count * math.comb(count - 1, s)) for s in range(count)])
        contributions = np.empty(count)
        for i in range(count):
            without = sets[~holds[:, i]]
            contributions[i] = weight[size[without]] @ (value[without | 1 << i] - value[without])
        return contributions

    def _permute(self, row: Vector, features: NDArray[np.intp]) -> Vector:
        """Features switched from reference to row in random orders, each with its reverse; every order adds up.

        Antithetic sampling: R. Mitchell et al., "Sampling Permutations for Shapley Value Estimation" (JMLR 23, 2022).
        """
        generator = np.random.default_rng(_SEED)
        count = features.size
        switched = np.tri(count + 1, count, -1, dtype=np.bool_)
        contributions = np.zeros(count)
        for _ in range(PERMUTATIONS // 2):
            order = generator.permutation(count)
            for each in (order, order[::-1]):
                contributions[each] += np.diff(self._mixtures(row, features[each], switched))
        return contributions / PERMUTATIONS

    def _mixtures(self, row: Vector, features: NDArray[np.intp], switched: NDArray[np.bool_]) -> Vector:
        """Log-odds of the reference with the features that `switched` [N, k] names taken from the row."""
        rows = np.tile(self._reference, (len(switched), 1))
        rows[:, features] = np.where(switched, row[features], self._reference[features])
        return np.array(self._score(rows))


def _completed(contributions: Vector, total: float) -> Vector:
    """The contributions, adding up to `total`: what rounding left over is shared in proportion to their sizes."""
    sizes = np.abs(contributions)
    whole = sizes.sum()
    return contributions + sizes * ((total - contributions.sum()) / whole) if whole else contributions
