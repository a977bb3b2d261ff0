"""What the evaluation task is asked in tests: two models, customers with predictions, rows."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from laboratory.tasks.evaluate import task
from scoring.errors import InvalidRequest
from scoring.features import Feature
from tests.fakes.lab import FakeHeldOut, FakeLabModels, a_lab_model

FEATURES = [Feature("income"), Feature("home", categories=("own", "rent"), required=False)]


HELD = FakeHeldOut(
    np.array([[5.0, 0.0], [20.0, 1.0], [30.0, 0.0]] * 20),
    np.array([1.0, 0.0, 0.0] * 20),
    {"gender": np.array(["F", "M", "F"] * 20)},
)


def log_odds(row: tuple[float, ...]) -> float:
    return math.nan if row[0] < 0 else 1.0 - row[0] / 10


FIRST = a_lab_model(FEATURES, log_odds, threshold=0.3, reference={"income": 20.0, "home": "own"}, held_out=HELD)


YES = a_lab_model(FEATURES, log_odds, model_type="logistic_regression", reference={"income": 20.0}, default_value="yes")
"""Its training called a default "yes"."""
SECOND = a_lab_model(FEATURES, lambda row: row[0] % 3, model_type="dnn", reference={"income": 20.0}, threshold=0.6)


def evaluated(**body: Any) -> dict[str, Any]:
    return task({"resamples": 100, **body}, SimpleNamespace(models=FakeLabModels(FIRST, SECOND, YES)))


def refused(**body: Any) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        evaluated(**body)
    return {each.field: each.message for each in caught.value.errors}


def customers(n: int = 400) -> tuple[list[int], list[float]]:
    generator = np.random.default_rng(11)
    pd = generator.beta(1.5, 4, n)
    return (generator.random(n) < pd).astype(int).tolist(), pd.tolist()


def rows(n: int = 100) -> list[dict[str, Any]]:
    return [
        {"income": 5 + i % 30, "home": "own", "bad": "yes" if i % 4 == 0 else "no", "sex": "FM"[i % 2]}
        for i in range(n)
    ]
