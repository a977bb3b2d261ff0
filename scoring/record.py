"""The score record: all that is needed to answer "why this score?" years later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from scoring.decision import Decision, RiskLevel
from scoring.features import FeatureSchema, Row, Said
from scoring.reasons import Explanation

CustomerType = Literal["existing", "new"]
LookUp = Literal["found", "absent", "remembered"]
"""What the customers table said; `remembered`: it could not say, but this process had seen the customer in it."""
FORMAT = 2


@dataclass(frozen=True, slots=True)
class ModelScore:
    """One model's part in a score.

    `log_odds` of default as the model gave them, and the `score` and `probability_of_default` that they are;
    `weight` is its share in the aggregate (they sum to 1). `probability_of_default`: None in records of format 1.
    """

    model: str
    version: str
    digest: str
    log_odds: float
    score: float
    weight: float = 1.0
    probability_of_default: float | None = None


@dataclass(frozen=True, slots=True)
class Degradation:
    """A model of the route that did not answer, and why."""

    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class ScoreRecord:
    """One prediction, whole.

    `scored_at`: UTC, ISO 8601 with six decimals and Z, so that text order is time order.
    `route`: the route that answered; one that ends in ".challenger" is a challenger's.
    `look_up` and `asked` (the models that `route` declares, with their weights): None and empty in format 1.
    `inputs`: model -> feature name -> value as scored: a number, a category's name, None where it was missing.
    `provenance`: code and library versions, scale and policy in force.
    """

    prediction_id: str
    customer_id: str
    customer_type: CustomerType
    scored_at: str
    route: str
    prediction_type: str
    score: float
    probability_of_default: float
    risk_level: RiskLevel
    score_band: str
    decision: Decision
    models: tuple[ModelScore, ...]
    inputs: Mapping[str, Mapping[str, Said]]
    degraded: tuple[Degradation, ...] = ()
    explanation: Explanation | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    look_up: LookUp | None = None
    asked: Mapping[str, float] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """The format and the fields, for a writer of JSON that knows dataclasses; `from_dict` reads what it wrote.

        Nothing is copied: `dataclasses.asdict` would take a noticeable part of every request.
        """
        return {"format": FORMAT, **{name: getattr(self, name) for name in self.__slots__}}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> ScoreRecord:
        """Read `values` as plain JSON holds them, in this or an earlier format. ValueError for a later one."""
        if plain.get("format", FORMAT) > FORMAT:
            raise ValueError(f"a score record of format {plain['format']} is newer than this code")
        values = {name: value for name, value in plain.items() if name != "format"}
        explanation = values.get("explanation")
        return cls(
            **{
                **values,
                "models": tuple(ModelScore(**model) for model in values["models"]),
                "degraded": tuple(Degradation(**each) for each in values["degraded"]),
                "explanation": None if explanation is None else Explanation.from_dict(explanation),
            }
        )


@dataclass(frozen=True, slots=True)
class VersionUsed:
    """Which model answered, exactly."""

    model: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class ErasedRecord:
    """What is kept of a prediction whose customer was erased: that it was made, by what, and what was decided.

    No score, no probability, no input and no reason: nothing that says anything of the person beyond the decision.
    """

    prediction_id: str
    customer_id: str
    customer_type: CustomerType
    scored_at: str
    route: str
    prediction_type: str
    decision: Decision
    models: tuple[VersionUsed, ...]

    @classmethod
    def of(cls, record: ScoreRecord) -> ErasedRecord:
        """What will be left of a record."""
        return cls(
            record.prediction_id,
            record.customer_id,
            record.customer_type,
            record.scored_at,
            record.route,
            record.prediction_type,
            record.decision,
            tuple(VersionUsed(each.model, each.version, each.digest) for each in record.models),
        )

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> ErasedRecord:
        """Read the plain values that JSON holds of it."""
        return cls(**{**plain, "models": tuple(VersionUsed(**each) for each in plain["models"])})


AnyRecord = ScoreRecord | ErasedRecord


def named_inputs(schema: FeatureSchema, row: Row) -> dict[str, Said]:
    """A scored row as the record keeps it: in the client's words, so that the schema reads it again."""
    return dict(zip(schema.names, schema.said(row), strict=True))
