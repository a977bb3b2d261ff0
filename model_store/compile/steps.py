"""What every part of a scoring chain is, and the parts that no framework owns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from model_store.compile.graph import Graph
from model_store.compile.trees import Trees
from model_store.compile.wire import Array
from scoring.scale import PD_FLOOR

BLOCK = 64
"""Rows that a framework gets at once when it serves: always this many, the last of them filled up. Each row's output is
then the same to the last bit whatever rows come with it. Frameworks choose their routines by the shape of the input:
with whole batches, up to half of the outputs of a linear model or a net differ in their last bit from one row alone.
Of 64 numbers every vector instruction is full, too."""

Arithmetic = Literal["Add", "Sub", "Mul", "Div"]
_UFUNCS: dict[Arithmetic, np.ufunc] = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide}
_INVERSE: dict[Arithmetic, Arithmetic] = {"Add": "Sub", "Sub": "Add", "Mul": "Div", "Div": "Mul"}


class Part(Protocol):
    """One step from features to the output."""

    def run(self, values: Array) -> Array:
        """[N, k] -> [N, m], by the framework that made the file."""

    def add_to(self, graph: Graph, value: str) -> str:
        """The same as graph nodes, float64 to float64. Raises NotConvertible."""


@dataclass(frozen=True)
class Affine:
    """Arithmetic with one number for each column, in the framework's own order: its results to the last bit."""

    steps: tuple[tuple[Arithmetic, Array], ...]

    def run(self, values: Array) -> Array:
        """See Part."""
        for operation, operand in self.steps:
            values = _UFUNCS[operation](values, operand)
        return values

    def column(self, values: Array, index: Array) -> Array:
        """[K] -> [K]: each value as if it stood in the column that `index` [K] names."""
        return Affine(tuple((operation, operand[index]) for operation, operand in self.steps)).run(values)

    def add_to(self, graph: Graph, value: str) -> str:
        """See Part."""
        for operation, operand in self.steps:
            value = graph.op(operation, value, graph.constant(operand[None, :]))
        return value

    def inverse(self) -> Affine:
        """The arithmetic that takes this one back."""
        return Affine(tuple((_INVERSE[operation], operand) for operation, operand in reversed(self.steps)))

    def line(self, size: int) -> tuple[Array, Array]:
        """(slopes [size], offsets [size])."""
        slopes = np.ones(size)
        for operation, operand in self.steps:
            if operation in ("Mul", "Div"):
                slopes = _UFUNCS[operation](slopes, operand)
        return slopes, self.run(np.zeros((1, size)))[0]


@dataclass(frozen=True)
class Sigmoid:
    """Log-odds to a probability."""

    def run(self, values: Array) -> Array:
        """See Part."""
        return probability(values)

    def add_to(self, graph: Graph, value: str) -> str:
        """See Part."""
        return graph.op("Sigmoid", value)


@dataclass(frozen=True)
class Calibration:
    """log-odds' = intercept + slope x log-odds, on log-odds or (held as in scoring.scale) on a probability.

    Source: J. Platt, "Probabilistic outputs for support vector machines" (1999), with the model's log-odds as input.
    """

    intercept: float
    slope: float
    of_probability: bool

    def run(self, values: Array) -> Array:
        """See Part."""
        calibrated = self.intercept + self.slope * (log_odds(values) if self.of_probability else values)
        return probability(calibrated) if self.of_probability else calibrated

    def add_to(self, graph: Graph, value: str) -> str:
        """See Part."""
        if self.of_probability:
            held = graph.op("Clip", value, graph.constant(PD_FLOOR), graph.constant(1 - PD_FLOOR))
            value = graph.op("Log", graph.op("Div", held, graph.op("Sub", graph.constant(1.0), held)))
        calibrated = graph.op("Mul", value, graph.constant(self.slope))
        calibrated = graph.op("Add", calibrated, graph.constant(self.intercept))
        return graph.op("Sigmoid", calibrated) if self.of_probability else calibrated


@dataclass(frozen=True)
class Linear:
    """coefficients [n] and intercept of what comes before a link."""

    coefficients: Array
    intercept: float

    def add_to(self, graph: Graph, value: str) -> str:
        """[N, n] -> [N, 1]."""
        product = graph.op("MatMul", value, graph.constant(self.coefficients[:, None]))
        return graph.op("Add", product, graph.constant(self.intercept))


@dataclass(frozen=True)
class Additive:
    """A model in closed form: a sum over features or trees, through a sigmoid or not."""

    form: Linear | Trees
    is_through_sigmoid: bool

    def add_to(self, graph: Graph, value: str) -> str:
        """[N, n] -> [N, 1]."""
        margin = graph.trees(value, self.form) if isinstance(self.form, Trees) else self.form.add_to(graph, value)
        return graph.op("Sigmoid", margin) if self.is_through_sigmoid else margin


@dataclass(frozen=True)
class FrameworkPart:
    """A part that a framework runs, and the way to its graph."""

    native: Callable[[Array], Array]
    convert: Callable[[Graph, str], str]

    def run(self, values: Array) -> Array:
        """See Part."""
        return self.native(values)

    def add_to(self, graph: Graph, value: str) -> str:
        """See Part."""
        return self.convert(graph, value)


def run_all(parts: Sequence[Part], values: Array) -> Array:
    """[N, n] -> [N, 1] through every part."""
    for part in parts:
        values = part.run(values)
    return values


def run_in_blocks(parts: Sequence[Part], values: Array) -> Array:
    """[N, n] -> [N] through every part, `BLOCK` rows at a time: no output depends on the other rows."""
    outputs = np.empty(len(values))
    for start in range(0, len(values), BLOCK):
        rows = values[start : start + BLOCK]
        filled = np.concatenate([rows, np.repeat(rows[-1:], BLOCK - len(rows), axis=0)])
        outputs[start : start + BLOCK] = run_all(parts, filled)[: len(rows), 0]
    return outputs


def probability(values: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    return np.exp(-np.logaddexp(0.0, -values))


def log_odds(values: Array) -> Array:
    """ln(p / (1 - p)), held to the range of scoring.scale."""
    held = np.clip(values, PD_FLOOR, 1 - PD_FLOOR)
    return np.log(held / (1 - held))
