"""What the scoring service is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from routing.ports import KeyUse, LatestPrediction, ModelStatus
from scoring.record import AnyRecord, ScoreRecord


@dataclass(frozen=True, slots=True)
class ScoringRequest:
    """One customer to be scored. `features`: model name -> input as sent, unchecked; `key`: makes a retry safe.

    `application`: the application that is made, whose route then scores, whoever the customer is.
    """

    customer_id: str
    features: Mapping[str, object]
    explain: bool = False
    key: KeyUse | None = None
    application: str | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """An answer. `stored`: in the table (else it waits in the outbox); `replayed`: given to an earlier request."""

    record: ScoreRecord
    stored: bool
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a customer's history, newest first, and the last prediction of all.

    `unrecorded`: a prediction that an older program left in the customers table and that no history knows.
    """

    found: bool
    latest: LatestPrediction | None = None
    records: Sequence[AnyRecord] = ()
    more: bool = False
    unrecorded: LatestPrediction | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """`ready`: every model that a route needs is loaded, verified and warm; `missing`: those that are not loaded.

    `outbox_waiting`: None if unreadable.
    """

    status: Literal["healthy", "degraded", "unhealthy"]
    ready: bool
    models: Sequence[ModelStatus] = field(default_factory=tuple)
    table_ok: bool = True
    outbox_waiting: int | None = 0
    missing: Sequence[str] = ()
