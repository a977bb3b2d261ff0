"""The task of POST /api/explain, and of the explanation within POST /api/predict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from laboratory.explain_words import Method, Scope
from laboratory.ports import LabModel, LabModels
from laboratory.tasks import explain_other, explain_shap
from laboratory.tasks.explain_body import Asked, read
from laboratory.tasks.explain_subject import Json, Subject, subject


class ExplainBench(Protocol):
    """What the task needs."""

    @property
    def models(self) -> LabModels: ...


_SHAP: Final[Mapping[Scope, Callable[[Subject], Json]]] = {
    "local": explain_shap.local,
    "global": explain_shap.over_customers,
    "interactions": explain_shap.interactions,
}
_OTHERS: Final[Mapping[Method, Callable[[Subject], Json]]] = {
    "lime": explain_other.by_lime,
    "partial_dependence": explain_other.partial_dependence,
    "counterfactual": explain_other.counterfactual,
}


def task(body: Mapping[str, Any], bench: ExplainBench) -> dict[str, Any]:
    """The explanation as plain JSON. Raises InvalidRequest, UnknownLabModel, ModelUnavailable."""
    asked = read(body)
    return explain(asked, bench.models.find(asked.model_type, asked.version, asked.experiment))


def explain(asked: Asked, model: LabModel) -> Json:
    """The answer to what is asked of a model. Raises InvalidRequest, ModelUnavailable."""
    found = subject(asked, model)
    return _SHAP[asked.scope](found) if asked.method == "shap" else _OTHERS[asked.method](found)


def explain_one(model: LabModel, features: Mapping[str, object]) -> Json:
    """The contributions to one applicant's output. Raises InvalidRequest, ModelUnavailable."""
    return explain(Asked(model.model_type, features=features), model)
