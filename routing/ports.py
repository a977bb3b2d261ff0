"""What the scoring service needs from the outside. db/ and model_store/ implement these; tests have fakes of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from scoring.errors import ModelUnavailable
from scoring.features import FeatureSchema, Row
from scoring.reasons import Attribution
from scoring.record import AnyRecord, ScoreRecord

# ---------------------------------------------------------------- customers and their history


@dataclass(frozen=True, slots=True)
class LatestPrediction:
    """What the customers table itself says of a customer's last score (other programs write it too)."""

    scored_at: str
    credit_score: float
    prediction_type: str
    models_used: tuple[str, ...]
    raw_predictions: tuple[Mapping[str, object], ...]

    @classmethod
    def of(cls, record: ScoreRecord) -> LatestPrediction:
        """What the customers table says once this record is its customer's last."""
        return cls(
            scored_at=record.scored_at,
            credit_score=record.score,
            prediction_type=record.prediction_type,
            models_used=tuple(each.model for each in record.models),
            raw_predictions=tuple({"model": each.model, "score": each.score} for each in record.models),
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """A look-up that succeeded: the table holds the customer, or certainly does not.

    `seal`: the key that the customer's records are sealed with, if the table has one; it goes back with the `Write`.
    `erased_at`: up to when the customer was erased (a stamp), if ever: what is dated up to then is not kept.
    """

    existing: bool
    latest: LatestPrediction | None = None
    seal: bytes | None = field(default=None, repr=False, compare=False)
    erased_at: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One use of an Idempotency-Key. `key` is already scoped to the client and hashed; so is the body."""

    key: str
    body_digest: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """This caller may run the request; `token` proves it when the result is saved or the claim released."""

    token: str


@dataclass(frozen=True, slots=True)
class Done:
    """The key was used with this body before: this is what came of it, or what is left of that after an erasure."""

    record: AnyRecord


@dataclass(frozen=True, slots=True)
class InProgress:
    """Another request holds the claim, and it has not expired."""


@dataclass(frozen=True, slots=True)
class OtherBody:
    """The key was used with another body."""


ClaimOutcome = Claimed | Done | InProgress | OtherBody


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """A claim that a write completes."""

    use: KeyUse
    token: str


@dataclass(frozen=True, slots=True)
class Write:
    """One record to be stored: customer item, history item and, with `claim`, the idempotency item, or none of them.

    `seal`: as the look-up gave it, to save the table a question; it is never kept outside the table.
    """

    record: ScoreRecord
    claim: KeyClaim | None = None
    seal: bytes | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Which part of a customer's history: newest first, `before` a position exclusive, within [since, until).

    All three bounds are stamps (`scoring.identity.stamp`); `before` is (scored_at, prediction_id) of the last one seen.
    """

    customer_id: str
    limit: int
    before: tuple[str, str] | None = None
    since: str | None = None
    until: str | None = None


class CustomerTable(Protocol):
    """Customers, their score history and the idempotency keys. Every method raises TableUnavailable, and only that."""

    def look_up(self, customer_ids: Sequence[str]) -> Mapping[str, Standing]:
        """The standing of every id asked for (strongly consistent)."""

    def claim(self, uses: Sequence[KeyUse]) -> Sequence[ClaimOutcome]:
        """Claim keys before their requests run, each on its own. A claim expires, should its holder die."""

    def release(self, claims: Sequence[KeyClaim]) -> None:
        """Give claims back whose requests came to nothing, so that a retry may run at once."""

    def save(self, writes: Sequence[Write]) -> None:
        """Store all writes durably. Writing the same prediction id again changes nothing.

        A record older than the customer's last one goes to the history only. A claim that was lost meanwhile (expired,
        taken by another) does not stop its record from being stored. Of a record that was scored before its customer
        was erased (it waited in an outbox), only the `ErasedRecord` is stored, and the customer item is left alone.
        """

    def history(self, query: HistoryQuery) -> Sequence[AnyRecord]:
        """At most `query.limit` records, newest first; of those that were erased, what is left."""

    def ping(self) -> None:
        """Return if the table can be read."""


class Outbox(Protocol):
    """A durable local queue of writes that the table could not take."""

    def put(self, writes: Sequence[Write]) -> None:
        """Hold the writes, fsynced. Raises OutboxUnavailable."""

    def held(self, keys: Sequence[str]) -> Mapping[str, Write]:
        """The waiting write of each key (`KeyUse.key`) that has one. Raises OutboxUnavailable."""

    def waiting(self) -> int:
        """How many writes wait. Raises OutboxUnavailable."""


# ---------------------------------------------------------------- models


class Model(Protocol):
    """A loaded, verified model."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) that names exactly these bytes."""

    @property
    def schema(self) -> FeatureSchema: ...
    @property
    def plausible(self) -> Sequence[Row]:
        """Rows that spread over where the features lie (its golden rows): values that occur, for what-if questions."""

    @property
    def alone(self) -> tuple[float, float]:
        """(intercept, slope): what the log-odds become when this model answers alone where a route asks several.

        Models of one route are calibrated so that their mean is right; alone, such a model is too sure of itself.
        (0, 1) for a model that was calibrated by itself.
        """

    @property
    def threshold(self) -> float | None:
        """PD from which on a default is expected, where the model's trainer chose one."""

    def score(self, rows: Sequence[Row]) -> Sequence[float]:
        """Log-odds of default of each row; NaN where the output was not a usable one. Raises ModelUnavailable."""

    def attribute(self, row: Row) -> Attribution:
        """The row's log-odds taken apart by feature. Raises ModelUnavailable."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """How one model stands.

    `source`: where its bytes came from; `served`: by which runtime; `problem`: why it is not as it should be; `exists`:
    whether the model store holds anything of it.
    """

    name: str
    loaded: bool
    version: str | None = None
    digest: str | None = None
    source: Literal["store", "disk copy"] | None = None
    served: Literal["onnx", "native"] | None = None
    problem: str | None = None
    exists: bool = True


class ModelStore(Protocol):
    """Loaded models by reference: `name`, or `name@alias` for another switch of that model ("xgboost@challenger")."""

    def get(self, name: str) -> Model:
        """The model that serves now. Raises ModelUnavailable, with a reason that a client may read."""

    def snapshot(self) -> Mapping[str, Model | ModelUnavailable]:
        """All models as they serve at one moment: models that were promoted together are all old or all new."""

    def status(self) -> Sequence[ModelStatus]:
        """How every model that a route can use stands."""
