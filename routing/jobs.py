"""One request on its way through the service, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.aggregation import Aggregate
from routing.ports import KeyClaim, Standing
from routing.requests import Scored, ScoringRequest
from routing.routes import Route
from scoring.errors import ServiceError
from scoring.features import Row, Said
from scoring.reasons import Explanation
from scoring.record import Degradation, LookUp, ModelScore


@dataclass(slots=True)
class Job:
    """One request on its way through the service. `outcome` is set once, by whatever ends it.

    `rows`, `unreachable`, `log_odds` and `faults` are by reference of the model.
    """

    request: ScoringRequest
    rows: dict[str, Row] = field(default_factory=dict)
    unreachable: dict[str, str] = field(default_factory=dict)
    claim: KeyClaim | None = None
    standing: Standing = field(default_factory=lambda: Standing(existing=False))
    look_up: LookUp | None = None
    route: Route | None = None
    log_odds: dict[str, float] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    outcome: Scored | ServiceError | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What `route`, the customer's own, its challenger or its fallback, says of one job.

    `inputs`: as `ScoreRecord.inputs`, of the models that answered; `threshold`: the model's own, if it answered alone.
    """

    route: Route
    aggregate: Aggregate
    models: tuple[ModelScore, ...]
    inputs: Mapping[str, Mapping[str, Said]]
    degraded: tuple[Degradation, ...]
    explanation: Explanation | None
    threshold: float | None = None
