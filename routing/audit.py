"""What auditors and clerks do with a prediction: find it again, overrule it, and erase the customer it is about."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from routing.archive import Archive, Dossier, Event, Filed, Hold, Receipt, UnknownCustomer, UnknownPrediction
from routing.noting import Noting
from routing.outcomes import ERASED, Noted, Outcome, Outcomes, PredictionErased
from routing.ports import CustomerTable
from scoring.decision import Decision
from scoring.errors import FieldError, InvalidRequest, ServiceError
from scoring.identity import PREDICTION_ID, Clock, stamp
from scoring.record import ErasedRecord


class OverrideReplaced(ServiceError):
    """This very override was given before, and another one has taken its place since."""


@dataclass(frozen=True, slots=True)
class Override:
    """A person's decision in place of the computed one. `reason` and `user` say why and who."""

    decision: Decision
    reason: str
    user: str

    @property
    def key(self) -> str:
        """The same for the same override, so that a retry is no second one. 64 hexadecimal digits."""
        return sha256("\0".join((self.decision, self.reason, self.user)).encode()).hexdigest()


class AuditService:
    """The history of predictions for people who have to answer for it. Safe to use from many threads.

    Every method raises TableUnavailable beside what its own words say.
    """

    def __init__(self, archive: Archive, table: CustomerTable, clock: Clock | None = None) -> None:
        self._archive, self._table, self._clock = archive, table, clock or Clock()
        self._outcomes = Outcomes(archive, table, self._clock)

    def find(self, prediction_id: str) -> Filed:
        """A prediction with its events. Raises UnknownPrediction."""
        filed = self._archive.find(prediction_id) if PREDICTION_ID.fullmatch(prediction_id) else None
        if filed is None:
            raise UnknownPrediction("There is no such prediction, or it is not stored yet.")
        return filed

    def outcomes(self, outcomes: Sequence[Outcome]) -> list[Noted | ServiceError]:
        """Note what became of predictions, each on its own (`routing.outcomes.Outcomes.note`)."""
        return self._outcomes.note(outcomes)

    def override(self, prediction_id: str, override: Override) -> Noted:
        """Note an override; the same again is the same override.

        Raises UnknownPrediction, PredictionErased, OverrideReplaced, NotedTooMuch, InvalidRequest (it is the decision
        already).
        """
        filed = self.find(prediction_id)
        if isinstance(filed.record, ErasedRecord):
            raise PredictionErased(ERASED)
        newest = newest_override(filed.events)
        before = next((each for each in filed.events if each.kind == "override" and each.key == override.key), None)
        if before is not None and before is not newest:
            raise OverrideReplaced(
                f"This override was noted at {before.at} and another one has replaced it since; "
                "to decide so again, give the reason for it."
            )
        if before is not None:
            return Noted(before, before=True)
        decision = decision_in_force(filed)
        if override.decision == decision:
            raise InvalidRequest(errors=[FieldError("decision", f"is the decision in force already ({decision})")])
        body = {"decision": override.decision, "reason": override.reason, "user": override.user, "from": decision}
        at = self._clock.now(beyond=newest.at if newest else filed.record.scored_at)
        event = Event(prediction_id, filed.record.customer_id, "override", override.key, stamp(at), body)
        if refusal := Noting().refusal(filed, event):
            raise refusal
        held = self._archive.add([event])[0]
        if held.body is None:
            raise PredictionErased(ERASED)
        return Noted(held, before=held.at != event.at)

    # ------------------------------------------------------------ a customer's data

    def dossier(self, customer_id: str) -> Dossier:
        """How a customer's data stand. Raises UnknownCustomer."""
        dossier = self._archive.dossier(customer_id)
        if dossier is None:
            raise UnknownCustomer()
        return dossier

    def hold(self, customer_id: str, reason: str, user: str) -> Hold:
        """Set a legal hold in place of any other. Raises UnknownCustomer."""
        hold = Hold(reason, user, stamp(self._clock.now()))
        self._archive.hold(customer_id, hold)
        return hold

    def lift(self, customer_id: str) -> None:
        """Lift the legal hold, if there is one. Raises UnknownCustomer."""
        self._archive.hold(customer_id, None)

    def erase(self, customer_id: str, reason: str, user: str) -> Receipt:
        """Make everything that was scored or noted of a customer unreadable. Raises OnHold, UnknownCustomer."""
        standing = self._table.look_up([customer_id])[customer_id]
        # After the last prediction, also when the clock of the machine that made it is ahead of ours.
        latest = standing.latest.scored_at if standing.latest else None
        at = self._clock.now(after=latest, beyond=standing.erased_at)
        receipt = Receipt(f"erasure_{secrets.token_hex(16)}", customer_id, stamp(at), user, reason)
        return self._archive.erase(receipt)


def newest_override(events: Sequence[Event]) -> Event | None:
    """The override that counts: the last one. None where there is none, or it was erased."""
    overrides = [each for each in events if each.kind == "override" and each.body is not None]
    return max(overrides, key=lambda each: each.at, default=None)


def decision_in_force(filed: Filed) -> str:
    """The newest override's decision, else the computed one."""
    newest = newest_override(filed.events)
    return str(newest.body["decision"]) if newest and newest.body else filed.record.decision
