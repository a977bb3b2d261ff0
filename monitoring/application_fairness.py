"""How groups of applicants fare with an application's model, on the validation set that its bundle keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from evaluation.fairness import SMALLEST_GROUP
from routing.ports import Model
from routing.routes import Routes
from scoring.errors import FieldError, InvalidRequest, ModelUnavailable
from scoring.scale import pd_of

Flags = NDArray[np.bool_]


class HeldOut(Protocol):
    """Customers that a model was not fitted on (model_store.validation.ValidationSet)."""

    @property
    def rows(self) -> NDArray[np.float64]: ...
    @property
    def defaulted(self) -> NDArray[np.float64]: ...
    @property
    def sensitive(self) -> Mapping[str, NDArray[np.str_]]: ...


class HeldOutModels(Protocol):
    """Loaded models with their validation sets."""

    def held_out(self, reference: str) -> tuple[Model, HeldOut]:
        """The model that serves now and its validation set. Raises ModelUnavailable."""


class ApplicationFairness:
    """Group figures of applications' models; an answer is computed anew for each question."""

    def __init__(self, models: HeldOutModels, routes: Routes) -> None:
        self._models, self._routes = models, routes

    def of(self, application: str, attribute: str) -> dict[str, Any]:
        """The figures of one attribute. An approval is the favourable outcome, and "positive" means approved.

        demographic_parity: highest less lowest approval rate; disparate_impact: lowest over highest; equal_opportunity:
        highest less lowest approval rate among those who paid back (M. Hardt et al., NIPS 2016). <group>_tpr and
        <group>_fpr: approval rates among those who paid back, and among those who defaulted; None where there are none.
        fairness_score: 100 x the mean of 1 - demographic_parity, 1 - equal_opportunity and disparate_impact.
        InvalidRequest for an attribute that the validation set does not hold; ModelUnavailable.
        """
        declared = self._routes.applications[application]
        model, held = self._models.held_out(declared.route.models[0])
        if attribute not in held.sensitive:
            known = ", ".join(held.sensitive) or "none"
            raise InvalidRequest(errors=[FieldError("protected_attribute", f"must be one of {known}")])
        decline_from = model.threshold if declared.decline_from is None else declared.decline_from
        if decline_from is None:
            raise ModelUnavailable(model.name, "nothing says from which PD on it declines")
        rows = [tuple(row) for row in held.rows.tolist()]
        approved = np.array([pd_of(log_odds) < decline_from for log_odds in model.score(rows)])
        return _figures(held.sensitive[attribute], approved, held.defaulted == 1) | {"protected_attribute": attribute}


def _figures(groups: NDArray[np.str_], approved: Flags, defaulted: Flags) -> dict[str, Any]:
    names = [str(name) for name in np.unique(groups)]
    of_all = {name: groups == name for name in names}
    rates = {name: _rate(approved, of_all[name]) for name in names}
    good = {name: _rate(approved, of_all[name] & ~defaulted) for name in names}
    bad = {name: _rate(approved, of_all[name] & defaulted) for name in names}
    large = [name for name in names if of_all[name].sum() >= SMALLEST_GROUP] or names
    compared = [rate for name in large if (rate := rates[name]) is not None]
    paid = [rate for name in large if (rate := good[name]) is not None]
    parity = max(compared) - min(compared)
    opportunity = max(paid) - min(paid) if paid else 0.0
    impact = min(compared) / max(compared) if max(compared) > 0 else 1.0
    return {
        "demographic_parity": parity,
        "equal_opportunity": opportunity,
        "disparate_impact": impact,
        "fairness_score": 100 * ((1 - parity) + (1 - opportunity) + impact) / 3,
        **{f"{name}_tpr": good[name] for name in names},
        **{f"{name}_fpr": bad[name] for name in names},
        "group_sizes": {name: int(of_all[name].sum()) for name in names},
        "small_groups": [name for name in names if name not in large],
        "positive": "approved",
    }


def _rate(approved: Flags, among: Flags) -> float | None:
    return float(approved[among].mean()) if among.any() else None
