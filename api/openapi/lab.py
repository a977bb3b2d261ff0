"""What the laboratory's operations share."""

from __future__ import annotations

from typing import Final

from api.openapi.schema import NUMBER, SCALAR, TEXT, Json, many, one_of, said, text, thing
from laboratory.asked import LONGEST_TEXT, MOST_ROWS
from laboratory.plan import MODEL_TYPES
from laboratory.ports import LaboratoryUnavailable, UnknownLabModel
from scoring.errors import ModelUnavailable

TAG: Final = "Model laboratory"
MODEL_TYPE: Final = one_of(MODEL_TYPES)
OF_A_MODEL: Final = (UnknownLabModel, ModelUnavailable, LaboratoryUnavailable)
APPLICANT: Final[Json] = {"age": 35, "income": 75_000, "credit_score": 720, "loan_amount": 25_000}
FEATURES: Final[Json] = {
    "type": "object",
    "minProperties": 1,
    "description": "Feature -> value. What is left out (or null) is imputed and listed; what the model does not know "
    "is ignored and listed.",
}
IMPUTED: Final[Json] = many(
    thing({"feature": TEXT, "value": said({}, "What stands in; null where the model itself takes the gap.")})
)
INTERVAL: Final[Json] = thing({"value": NUMBER, "low": NUMBER, "high": NUMBER})
NOT_SAID: Final[Json] = said(
    {"type": "object", "additionalProperties": TEXT}, "What cannot be said of these data -> why."
)
ROW: Final[Json] = {"type": "object", "additionalProperties": SCALAR}


def rows(about: str, least: int = 1) -> Json:
    """A list of rows."""
    return said(many(ROW, least, MOST_ROWS), about)


def vector(items: Json, about: str) -> Json:
    """A list with one value for each row; null is none."""
    return said({**many(items, 1, MOST_ROWS), "type": ["array", "null"]}, about)


def which(longest: int = LONGEST_TEXT) -> dict[str, Json]:
    """Which model of a type."""
    some: Json = {**text(longest), "type": ["string", "null"]}
    return {
        "model_version": said(some, "Left out: the newest."),
        "experiment_name": said(some, "The newest of this experiment."),
    }
