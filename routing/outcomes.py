"""What became of a prediction: the customer defaulted, or did not, seen on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from routing.archive import Archive, Event, UnknownCustomer, UnknownPrediction
from routing.ports import CustomerTable, HistoryQuery
from scoring.errors import FieldError, InvalidRequest, ServiceError, TableUnavailable
from scoring.identity import Clock, moment, stamp
from scoring.record import AnyRecord, ErasedRecord

ERASED = "The customer was erased: nothing more is noted of this prediction."
DAY = timedelta(days=1)


class PredictionErased(ServiceError):
    """The prediction's customer was erased, and nothing may be added to what is left of it."""


class Contradiction(ServiceError):
    """The other outcome is held of the same prediction and day."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a customer had defaulted by a day; of one prediction, or of the customer's newest one by that day."""

    defaulted: bool
    observed_on: date
    prediction_id: str | None = None
    customer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """What is held of an event now. `before`: it was held already."""

    event: Event
    before: bool


class Outcomes:
    """Takes outcomes down. Safe to use from many threads."""

    def __init__(self, archive: Archive, table: CustomerTable, clock: Clock) -> None:
        self._archive, self._table, self._clock = archive, table, clock

    def note(self, outcomes: Sequence[Outcome]) -> list[Noted | ServiceError]:
        """Note each on its own, in order; once the table is out of reach it is not asked again.

        Errors: UnknownPrediction, UnknownCustomer, PredictionErased, Contradiction, InvalidRequest, TableUnavailable.
        """
        results: list[Event | ServiceError] = []
        for outcome in outcomes:
            down = results[-1] if results and isinstance(results[-1], TableUnavailable) else None
            try:
                results.append(down or self._event(outcome))
            except ServiceError as error:
                results.append(error)
        events = [each for each in results if isinstance(each, Event)]
        try:
            held = iter(self._archive.add(events) if events else ())
        except TableUnavailable as error:
            return [error if isinstance(each, Event) else each for each in results]
        return [_noted(each, next(held)) if isinstance(each, Event) else each for each in results]

    def _event(self, outcome: Outcome) -> Event:
        now = self._clock.now()
        if outcome.observed_on > (now + DAY).date():  # tomorrow: it has begun somewhere already
            raise InvalidRequest(errors=[FieldError("observed_on", "must not lie in the future")])
        record = self._record(outcome)
        if isinstance(record, ErasedRecord):
            raise PredictionErased(ERASED)
        day = outcome.observed_on.isoformat()
        by = "prediction" if outcome.prediction_id else "customer"
        body = {"defaulted": outcome.defaulted, "observed_on": day, "by": by}
        at = stamp(self._clock.now(beyond=record.scored_at))
        return Event(record.prediction_id, record.customer_id, "outcome", day, at, body)

    def _record(self, outcome: Outcome) -> AnyRecord:
        if outcome.prediction_id is None:
            return self._newest(outcome.customer_id or "", outcome.observed_on)
        filed = self._archive.find(outcome.prediction_id)
        if filed is None:
            raise UnknownPrediction("There is no such prediction.")
        scored_on = moment(filed.record.scored_at).date()
        if outcome.observed_on < scored_on - DAY:  # the day before: it has not ended everywhere yet
            problem = FieldError("observed_on", f"must not lie before the prediction, which was made on {scored_on}")
            raise InvalidRequest(errors=[problem])
        return filed.record

    def _newest(self, customer_id: str, by: date) -> AnyRecord:
        end = datetime.combine(by, time(), UTC) + DAY
        found = self._table.history(HistoryQuery(customer_id, limit=1, until=stamp(end)))
        if found:
            return found[0]
        if not self._table.look_up([customer_id])[customer_id].existing:
            raise UnknownCustomer()
        raise UnknownPrediction("No prediction of this customer was made by that day.")


def newest_outcome(events: Sequence[Event]) -> Event | None:
    """The outcome that counts: the one observed last. None where there is none, or it was erased."""
    outcomes = [each for each in events if each.kind == "outcome" and each.body is not None]
    return max(outcomes, key=lambda each: each.key, default=None)


def _noted(wanted: Event, held: Event) -> Noted | ServiceError:
    if held.body is None or wanted.body is None:
        return PredictionErased(ERASED)
    if held.body["defaulted"] != wanted.body["defaulted"]:
        return Contradiction(
            f"The other outcome is held of this prediction and day (noted at {held.at}); "
            "an outcome observed on a later day corrects it."
        )
    return Noted(held, before=held.at != wanted.at)
