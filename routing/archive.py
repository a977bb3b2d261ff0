"""The history of all predictions as auditors need it: by id, with what became known later, and erased on request.

db/ implements `Archive` beside `routing.ports.CustomerTable`, on the same tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from scoring.errors import ServiceError
from scoring.record import AnyRecord

EventKind = Literal["shadow", "outcome", "override"]


class OnHold(ServiceError):
    """A legal hold on the customer prevents the erasure."""

    def __init__(self) -> None:
        super().__init__("A legal hold on this customer prevents the erasure.")


class UnknownCustomer(ServiceError):
    """The customers table holds no such customer, and no prediction of one."""

    def __init__(self) -> None:
        super().__init__("There is no such customer.")


class UnknownPrediction(ServiceError):
    """There is no such prediction."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that became known of a prediction after it was given.

    `key` names it among the events of its prediction and kind: written a second time, the first one stays. `at`: when
    it was written down (a stamp); a shadow score has the time of its prediction. `body`: plain JSON values, sealed like
    the record; None once the customer was erased.
    """

    prediction_id: str
    customer_id: str
    kind: EventKind
    key: str
    at: str
    body: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Filed:
    """A prediction and its events, in the order they were written down."""

    record: AnyRecord
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: while it stands, the customer's data are not erased. `since` is a stamp."""

    reason: str
    user: str
    since: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of an erasure: everything scored or noted of the customer up to `erased_at` (a stamp) is unreadable."""

    receipt_id: str
    customer_id: str
    erased_at: str
    user: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """How a customer's data stand: the hold, if any, and the receipts of erasures, oldest first."""

    hold: Hold | None = None
    receipts: tuple[Receipt, ...] = ()


class Archive(Protocol):
    """Every method raises TableUnavailable, and what its own words say."""

    def find(self, prediction_id: str) -> Filed | None:
        """One prediction with its events (strongly consistent); None if there certainly is none."""

    def find_many(self, prediction_ids: Sequence[str]) -> Mapping[str, Filed]:
        """Those that are there, by id, as `find` gives each."""

    def last(self, wanted: Sequence[tuple[str, str]]) -> Sequence[str | None]:
        """For each (customer id, stamp) the id of the customer's last prediction before the stamp, if there is one."""

    def add(self, events: Sequence[Event]) -> Sequence[Event]:
        """Write events down, each on its own; answers what is held under each one's key afterwards.

        The prediction need not be stored yet (it may wait in an outbox). Of a customer who was erased after the event's
        `at`, the body is not kept.
        """

    def scan(self, since: str | None = None, until: str | None = None) -> Iterator[Filed]:
        """Every prediction scored within [since, until) (stamps), with its events, in no order to rely on.

        Read in pages: what is written meanwhile may be missing. For commands and reports, not for a request's path.
        """

    def dossier(self, customer_id: str) -> Dossier | None:
        """How a customer's data stand; None for a customer nobody knows."""

    def hold(self, customer_id: str, hold: Hold | None) -> None:
        """Set a hold in place of any other, or lift it. Raises UnknownCustomer."""

    def erase(self, receipt: Receipt) -> Receipt:
        """Make the customer's records and events up to `receipt.erased_at` unreadable, for good, and keep the receipt.

        The customer item loses its latest prediction, keeps what the bank put there, and stays: the customer is still
        an existing one. Where nothing was left to erase since the last receipt, that one is answered; still, what was
        scored up to the later date and has not arrived yet will be erased when it does. Raises OnHold, UnknownCustomer.
        """
