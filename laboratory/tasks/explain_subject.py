"""What an explanation is of: the model as it serves, the applicant, and the customers that are compared with."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from explanation.lab.arrays import Floats, sample
from explanation.lab.boxes import Boxes
from explanation.lab.permutations import LEAST_PAIRS
from explanation.lab.served import Served
from laboratory.explain_words import LIMITS
from laboratory.inputs import Coded, coded
from laboratory.ports import LabModel
from laboratory.tasks.explain_body import MOST_TOLD, Asked
from model_store.arrays import ArraysError
from scoring.errors import FieldError, InvalidRequest, ModelUnavailable
from scoring.scale import LOG_ODDS_LIMIT, ScoreScale, pd_of

UNIT: Final = "log-odds of default"
FROM: Final = "the validation set of the model, but those whose log-odds are held to a limit"
SCALE: Final = ScoreScale()
Json = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Subject:
    """`rows` [N, n]: the model's validation set, coded; `applicant`: None where the question is of the model alone."""

    asked: Asked
    model: LabModel
    served: Served
    rows: Floats
    applicant: Coded | None

    def background(self, served: Served) -> Json:
        """Who others are compared with."""
        return {"rows": len(served.background), "from": FROM}

    @property
    def row(self) -> Floats:
        """The applicant's coded row [n]."""
        assert self.applicant is not None  # noqa: S101 (the body's reader asked for it)
        return np.array(self.applicant.row, dtype=np.float64)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Features that the request does not give a value of."""
        return () if self.applicant is None else tuple(self.applicant.imputed)

    def head(self) -> Json:
        """What every answer begins with."""
        answer: Json = {
            "model_type": self.model.model_type,
            "model_version": self.model.version,
            "model_digest": self.model.digest,
            "experiment_name": self.model.facts.get("experiment"),
            "method": self.asked.method,
            "scope": self.asked.scope,
            "unit": UNIT,
            "background": self.background(self.served),
            "seed": self.asked.number("seed"),
        }
        if self.applicant is not None:
            imputed = self.applicant.imputed.items()
            answer["imputed"] = [{"feature": name, "value": value} for name, value in imputed]
            answer["ignored_features"] = list(self.applicant.ignored[:MOST_TOLD])
        return answer

    def output(self) -> Json:
        """What the model says of the applicant."""
        log_odds = float(self.served.log_odds(self.row[None, :])[0])
        return {"output": log_odds, "probability_of_default": pd_of(log_odds), "points": SCALE.points(log_odds)}

    def affordable(self, rows: int, evaluations: int) -> Served:
        """The same with a background so small that drawn orders of so many rows cost no more than `evaluations`."""
        if self.served.boxes is not None or self.served.is_additive:
            return self.served
        for_one_row = 2 * LEAST_PAIRS * (len(self.served.features) + 1) * rows
        most = max(LIMITS["background"].low, evaluations // for_one_row)
        return replace(self.served, background=sample(self.served.background, most, self.asked.number("seed")))


def subject(asked: Asked, model: LabModel) -> Subject:
    """Everything that an explanation needs. Raises InvalidRequest, ModelUnavailable."""
    features = model.model.schema.features
    _check_names(asked, [feature.name for feature in features])
    rows = np.asarray(model.held_out().rows, dtype=np.float64)
    if rows.shape[1] != len(features):
        raise ModelUnavailable(model.model.name, "its validation set holds other features than it takes")
    served = Served(
        model.model.name,
        model.model.score,
        features,
        sample(rows, asked.number("background"), asked.number("seed")),
        is_additive=model.model_type == "logistic_regression",
        boxes=_boxes(model, len(features)),
    )
    applicant = None if asked.features is None else coded(model, asked.features)
    return Subject(asked, model, _free(served), rows, applicant)


def pictures(**drawn: bytes) -> Json:
    """Pictures by name, as base64 of PNG."""
    return {"plots": {name: base64.b64encode(png).decode() for name, png in drawn.items()}}


def _free(served: Served) -> Served:
    """The same without background rows whose log-odds are held to a limit: there no sum over features is exact."""
    is_free = np.abs(served.log_odds(served.background)) < LOG_ODDS_LIMIT - 1e-9
    return replace(served, background=served.background[is_free]) if is_free.any() else served


def _boxes(model: LabModel, features: int) -> Boxes | None:
    data = model.trees()
    try:
        return None if data is None else Boxes.from_bytes(data, features)
    except ArraysError as error:
        raise ModelUnavailable(model.model.name, f"its sum of trees cannot be read: {error}") from error


def _check_names(asked: Asked, known: list[str]) -> None:
    given = {
        "vary": asked.vary,
        "immutable": asked.constraints.immutable,
        "ways": asked.constraints.ways,
        "ranges": asked.constraints.ranges,
    }
    wrong = [
        FieldError(f"{field}.{name[:64]}", "is not a feature of this model")
        for field, names in given.items()
        for name in names
        if name not in known
    ]
    if wrong:
        raise InvalidRequest(errors=wrong)
