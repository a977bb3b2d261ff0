"""What can be asked of models beside a score: what they are, what matters to them, and versions that serve no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from routing.ports import Model, ModelStatus
from scoring.errors import ServiceError
from scoring.features import Feature
from scoring.scale import ScoreScale


class UnknownModel(ServiceError):
    """No route uses a model of this name."""


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """A model that serves now.

    `metrics`: as its trainer measured them; `card`: the model card as plain JSON, or None; `signed_by`: the key's id;
    `notes`: what was concluded about its native files.
    """

    status: ModelStatus
    features: tuple[Feature, ...]
    output: str
    framework: str
    created_at: str
    library_versions: Mapping[str, str]
    metrics: Mapping[str, Any]
    card: Mapping[str, Any] | None
    signed_by: str | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeatureImportance:
    """Mean absolute contribution of a feature over `rows` applicants, in log-odds and in points of the score scale."""

    feature: str
    log_odds: float
    points: float
    rows: int


class ModelCatalog(Protocol):
    """Loaded models, described. Both raise UnknownModel, and ModelUnavailable while the model is not loaded."""

    def describe(self, reference: str) -> ModelDescription:
        """The model that serves now under this reference (`routing.ports.ModelStore`)."""

    def importance(self, reference: str) -> Sequence[FeatureImportance]:
        """Its features, the most important first; of protected ones too. Computed once for each bundle."""


class ModelVersions(Protocol):
    """Every version that the store keeps, also those that serve no more."""

    def model(self, name: str, version: str, digest: str, scale: ScoreScale | None = None) -> Model:
        """Exactly this bundle, verified like one that serves. Raises ModelUnavailable with the reason.

        `scale` is for bundles whose output is a score and that name no scale of their own: the one in force when the
        model scored; by default today's.
        Slow at first (it may be fetched and loaded), remembered for a while after.
        """
