"""Laboratory models and an analyst without files and processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from laboratory.plan import ModelType
from laboratory.ports import LabModel, UnknownLabModel
from scoring.features import Feature, Row
from tests.fakes.models import FakeModel


@dataclass(frozen=True)
class FakeHeldOut:
    """A validation set that was put together by hand."""

    rows: NDArray[np.float64]
    defaulted: NDArray[np.float64]
    sensitive: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)


def a_lab_model(
    features: Sequence[Feature],
    score: Callable[[Row], float],
    *,
    model_type: ModelType = "xgboost",
    version: str = "20260101T000000Z-1",
    experiment: str = "credit_scoring",
    reference: Mapping[str, float | str | None] | None = None,
    threshold: float = 0.5,
    held_out: FakeHeldOut | None = None,
    default_value: object = 1,
) -> LabModel:
    """A model that is a function of one coded row, giving log-odds of default."""
    model = FakeModel(f"lab_{model_type}", features, score, version, threshold=threshold)
    held = held_out or FakeHeldOut(np.zeros((2, len(features))), np.array([0.0, 1.0]))
    return LabModel(
        model_type=model_type,
        version=version,
        digest=model.digest,
        model=model,
        reference=reference or {},
        threshold=threshold,
        facts={"experiment": experiment, "model_type": model_type, "default_value": default_value},
        metrics={},
        held_out=lambda: held,
        trees=lambda: None,
    )


class FakeLabModels:
    """Holds what it is given, the newest last."""

    def __init__(self, *models: LabModel) -> None:
        self.models = list(models)

    def find(self, model_type: ModelType, version: str | None = None, experiment: str | None = None) -> LabModel:
        for model in reversed(self.models):
            is_wanted = version in (None, model.version) and experiment in (None, model.facts["experiment"])
            if model.model_type == model_type and is_wanted:
                return model
        raise UnknownLabModel(f"The laboratory has published no {model_type} yet.")


class FakeAnalyst:
    """Answers each task with what it was told to, and keeps what it was asked."""

    def __init__(self, **answers: dict[str, Any]) -> None:
        self.answers, self.asked = answers, list[tuple[str, Mapping[str, Any]]]()

    def run(self, task: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append((task, body))
        return self.answers.get(task, {})
