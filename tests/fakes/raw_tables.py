"""Small tables as somebody might have them, by columns and by rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from laboratory.plan import Plan

PLAN = Plan("default", "xgboost")


N = 200


def columns(**more: Any) -> dict[str, Any]:
    """A small table by columns; None takes one away."""
    draw = np.random.default_rng(3)
    made: dict[str, Any] = {
        "income": np.round(draw.lognormal(10, 0.5, N), 2).tolist(),
        "age": draw.integers(18, 80, N).tolist(),
        "purpose": draw.choice(["car", "education", "home"], N).tolist(),
        "owner": [bool(each) for each in draw.integers(0, 2, N)],
        "default": draw.integers(0, 2, N).tolist(),
        **more,
    }
    return {name: values for name, values in made.items() if values is not None}


def rows(**more: Any) -> list[dict[str, Any]]:
    held = columns(**more)
    return [dict(zip(held, values, strict=True)) for values in zip(*held.values(), strict=True)]


def with_one(values: list[Any], value: Any, row: int = 17) -> list[Any]:
    return [*values[: row - 1], value, *values[row:]]
