"""What is told of models beside their scores: descriptions, and versions that serve no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from routing.catalog import FeatureImportance, ModelDescription, UnknownModel
from routing.ports import Model, ModelStatus
from scoring.errors import ModelUnavailable
from scoring.scale import ScoreScale
from tests.fakes.models import FakeModels

CARD = {"purpose": "Credit decisions for new customers", "owner": "Retail risk"}


class FakeCatalog:
    """ModelCatalog over fake models: every feature matters a point less than the one before it."""

    def __init__(self, models: FakeModels) -> None:
        self._models = models

    def describe(self, reference: str) -> ModelDescription:
        model = self._models.get(self._status(reference).name)
        return ModelDescription(
            status=self._status(reference),
            features=model.schema.features,
            output="logit",
            framework="a function",
            created_at="2026-01-01T00:00:00.000000Z",
            library_versions={"python": "3.11"},
            metrics={"auc": 0.77},
            card=CARD,
            signed_by=None,
            notes=("made for a test",),
        )

    def importance(self, reference: str) -> Sequence[FeatureImportance]:
        names = self._models.get(self._status(reference).name).schema.names
        return [FeatureImportance(name, 0.1, float(len(names) - i), 24) for i, name in enumerate(names)]

    def _status(self, reference: str) -> ModelStatus:
        for each in self._models.status():
            if each.name == reference:
                return each
        raise UnknownModel("No route uses a model of this name.")


class FakeVersions:
    """ModelVersions of these models, also of those that serve no more; `forget` loses all versions of one."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._models = {(each.name, each.version, each.digest): each for each in models}

    def forget(self, name: str) -> None:
        """The store has lost every version of `name`."""
        self._models = {key: model for key, model in self._models.items() if key[0] != name}

    def model(self, name: str, version: str, digest: str, scale: ScoreScale | None = None) -> Model:
        if model := self._models.get((name, version, digest)):
            return model
        raise ModelUnavailable(name, f"version {version} is gone")
