"""Models and a model store without files: each model is a plain function of a row."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from routing.ports import Model, ModelStatus
from scoring.errors import ModelUnavailable
from scoring.features import Feature, FeatureSchema, Row
from scoring.reasons import Attribution


class FakeModel:
    """A model that is a function of one row, giving log-odds of default.

    `names` are its features (text, or a `Feature` where more than a name matters). `score` may return NaN or raise
    ModelUnavailable, as a real model may. `batches` records every call of `score`. Its plausible rows spread evenly
    over 0 to 1 in every feature.
    """

    def __init__(
        self,
        name: str,
        names: Sequence[str | Feature],
        score: Callable[[Row], float],
        version: str = "1",
        alone: tuple[float, float] = (0.0, 1.0),
        threshold: float | None = None,
    ) -> None:
        self.name, self.version, self.alone, self.threshold = name, version, alone, threshold
        self.digest = hashlib.sha256(f"{name} {version}".encode()).hexdigest()
        self.schema = FeatureSchema(tuple(each if isinstance(each, Feature) else Feature(each) for each in names))
        self.plausible: tuple[Row, ...] = tuple((i / 20,) * len(names) for i in range(21))
        self.batches: list[list[Row]] = []
        self._score = score

    def score(self, rows: Sequence[Row]) -> list[float]:
        self.batches.append(list(rows))
        return [self._score(row) for row in rows]

    def attribute(self, row: Row) -> Attribution:
        """The steps from a row of zeros to `row`, one feature after the other: they add up."""
        zeros = (0.0,) * len(row)
        steps = [self._score(row[:i] + zeros[i:]) for i in range(len(row) + 1)]
        contributions = tuple(after - before for before, after in pairwise(steps))
        return Attribution(steps[0], contributions, "one after the other", "zeros")


class FakeModels:
    """A model store that holds what it is given; a model can be taken away and brought back."""

    def __init__(self, models: Mapping[str, Model]) -> None:
        self._models = dict(models)
        self._away: dict[str, str] = {}
        self._exists: dict[str, bool] = {}

    def take_away(self, name: str, reason: str = "its files are out of reach", *, exists: bool = True) -> None:
        """From now on `name` is unavailable."""
        self._away[name], self._exists[name] = reason, exists

    def bring_back(self, name: str) -> None:
        """`name` serves again."""
        del self._away[name]

    def promote(self, model: Model) -> None:
        """From now on this one serves under its name."""
        self._models[model.name] = model

    def get(self, name: str) -> Model:
        if name in self._away:
            raise ModelUnavailable(name, self._away[name])
        if name not in self._models:
            raise ModelUnavailable(name, "is not loaded yet")
        return self._models[name]

    def snapshot(self) -> dict[str, Model | ModelUnavailable]:
        def standing(name: str) -> Model | ModelUnavailable:
            try:
                return self.get(name)
            except ModelUnavailable as error:
                return error

        return {name: standing(name) for name in self._models}

    def status(self) -> list[ModelStatus]:
        return [self._status(name, model) for name, model in self._models.items()]

    def _status(self, name: str, model: Model) -> ModelStatus:
        if name in self._away:
            return ModelStatus(name, loaded=False, problem=self._away[name], exists=self._exists[name])
        return ModelStatus(name, True, model.version, model.digest, source="store", served="onnx")
