"""The model card: what a model is for, what it was made of, how good and how fair it was found, and its limits.

The figures are what was measured when it was made; nothing here computes one. The headings follow M. Mitchell et al.,
"Model Cards for Model Reporting", FAT* (2019), in the words of a model-risk reader.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

CARD: Final = "card.json"
"""The card's file in a bundle."""
FORMAT: Final = 1
LARGEST_CARD: Final = 1 << 20
METRICS_NEEDED: Final = ("auc", "brier", "expected_calibration_error")
"""How well it ranks, how right its probabilities are one by one, and how right they are together."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1, max_length=200)]
Share = Annotated[float, Field(ge=0, le=1)]
Verdict = Literal["passes", "fails", "cannot be judged"]


class CardError(ValueError):
    """Not a whole model card; the message says what is missing or wrong, in words fit for a client."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class Estimate(_Strict):
    """A figure with its 95% confidence interval, where one can be given."""

    value: float
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval has two ends")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("an interval's low end is above its high end")
        return self


class Metric(Estimate):
    """A measure of the model; `measured_on` says on which customers."""

    measured_on: Text


class CardData(_Strict):
    """What the model learnt from. `rows`: customers in all; `default_rate`: the share of them that defaulted."""

    source: Text
    rows: Annotated[int, Field(gt=0)]
    period: Text
    default_definition: Text
    default_rate: Share


class CardTraining(_Strict):
    """How it was made. `features`: names in the order of its input."""

    algorithm: Text
    features: Annotated[tuple[Text, ...], Field(min_length=1, max_length=4_096)]
    seed: int
    library_versions: dict[str, str]


class CardGroup(_Strict):
    """Customers who share a value of a sensitive attribute, and how many of them are approved.

    `warning`: why its rate says little, if it does.
    """

    group: Text
    n: Annotated[int, Field(ge=0)]
    approval_rate: Estimate | None
    warning: Text | None = None


class CardFairness(_Strict):
    """The 80% test of one sensitive attribute: the lowest approval rate against the highest.

    `decided_by`: whose decisions were counted, a route or the model alone. `impact_ratio` is None where it cannot be
    computed; `explanation` says why the verdict is what it is.
    """

    attribute: Text
    decided_by: Text
    groups: Annotated[tuple[CardGroup, ...], Field(min_length=1, max_length=1_000)]
    impact_ratio: Estimate | None
    verdict: Verdict
    explanation: Text


class ModelCard(_Strict):
    """One model's card. `approved_by`: who signed it off, if somebody did."""

    format: Literal[1] = FORMAT
    purpose: Text
    owner: Text
    intended_use: Text
    not_for: Texts
    data: CardData
    training: CardTraining
    metrics: dict[Text, Metric]
    fairness: Annotated[tuple[CardFairness, ...], Field(max_length=200)]
    limits: Texts
    validated_on: date
    approved_by: Text | None = None

    def to_bytes(self) -> bytes:
        """The document as it is stored; `read_card` is its inverse."""
        return (json.dumps(self.model_dump(mode="json"), indent=1, allow_nan=False) + "\n").encode()

    @model_validator(mode="after")
    def _measured(self) -> Self:
        if missing := [name for name in METRICS_NEEDED if name not in self.metrics]:
            raise ValueError(f"metrics must hold {', '.join(missing)}")
        return self


def read_card(raw: bytes) -> ModelCard:
    """Read and check a stored card. CardError names what is missing or wrong."""
    if len(raw) > LARGEST_CARD:
        raise CardError(f"{CARD} is larger than {LARGEST_CARD:,} bytes")
    try:
        return ModelCard.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))[:100]
        told = first["msg"].removeprefix("Value error, ")[:200]
        raise CardError(f"{CARD}: {where + ': ' if where else ''}{told}") from error
