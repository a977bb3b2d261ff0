"""Functions whose attributions are known: trees as boxes, and Shapley's definition itself."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from itertools import permutations

import numpy as np

from model_store.onnx_scorer import Rows
from scoring.features import Row

Function = Callable[[Rows], list[float]]


def npz(**arrays: object) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def shapley_by_definition(score: Function, row: Row, reference: Row) -> list[float]:
    """The mean of what each feature adds over every order in which features can be switched."""
    total = np.zeros(len(row))
    orders = list(permutations(range(len(row))))
    for order in orders:
        mixture = list(reference)
        before = score([tuple(mixture)])[0]
        for feature in order:
            mixture[feature] = row[feature]
            after = score([tuple(mixture)])[0]
            total[feature] += after - before
            before = after
    return list(total / len(orders))


def trees(seed: int, features: int, leaves_of: int = 3, depth: int = 3) -> bytes:
    """Random trees as boxes: each split divides a box in two and sends missing values one way."""
    generator = np.random.default_rng(seed)
    low: list[np.ndarray] = []
    high: list[np.ndarray] = []
    missing: list[np.ndarray] = []
    value: list[float] = []

    def grow(box: tuple[np.ndarray, np.ndarray, np.ndarray], left: int) -> None:
        if not left:
            for each, into in zip(box, (low, high, missing), strict=True):
                into.append(each)
            value.append(generator.normal())
            return
        feature, threshold = generator.integers(features), float(np.float32(generator.normal()))
        missing_left = bool(generator.integers(2))
        for is_left in (True, False):
            side = tuple(each.copy() for each in box)
            bound = side[1] if is_left else side[0]
            bound[feature] = min(bound[feature], threshold) if is_left else max(bound[feature], threshold)
            side[2][feature] &= missing_left == is_left
            grow(side, left - 1)  # type: ignore[arg-type]

    for _ in range(leaves_of):
        grow((np.full(features, -np.inf), np.full(features, np.inf), np.ones(features, np.bool_)), depth)
    return npz(leaf_value=np.array(value), low=np.array(low), high=np.array(high), missing=np.array(missing), bias=0.2)


def sum_of_trees(data: bytes) -> Function:
    """The boxes evaluated one by one, as trees.npz defines them."""
    with np.load(io.BytesIO(data)) as held:
        arrays = dict(held)

    def one(row: Row) -> float:
        total = float(arrays["bias"])
        for value, low, high, missing in zip(
            arrays["leaf_value"], arrays["low"], arrays["high"], arrays["missing"], strict=True
        ):
            inside = [
                m if math.isnan(x) else lo <= x < hi for x, lo, hi, m in zip(row, low, high, missing, strict=True)
            ]
            total += float(value) if all(inside) else 0.0
        return total

    return lambda rows: [one(tuple(row)) for row in np.asarray(rows, np.float64).tolist()]
