"""What became of a prediction: the customer defaulted, or did not, seen on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from routing.archive import Archive, Event, Filed, UnknownCustomer, UnknownPrediction
from routing.noting import Noting
from routing.ports import CustomerTable
from scoring.errors import FieldError, InvalidRequest, ServiceError, TableUnavailable
from scoring.identity import Clock, moment, stamp
from scoring.record import ErasedRecord

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
        """Note each on its own, in order; the table is asked for all of them at once.

        Errors: UnknownPrediction, UnknownCustomer, PredictionErased, Contradiction, NotedTooMuch, InvalidRequest,
        TableUnavailable.
        """
        tomorrow = (self._clock.now() + DAY).date()  # it has begun somewhere already
        told = [each for each in outcomes if each.observed_on <= tomorrow]
        found: Mapping[Outcome, Filed | ServiceError]
        try:
            found = self._find(told)
        except TableUnavailable as error:
            found = dict.fromkeys(told, error)
        noting = Noting()
        future = InvalidRequest(errors=[FieldError("observed_on", "must not lie in the future")])
        wanted = [self._event(each, found[each], noting) if each in found else future for each in outcomes]
        held = _outcomes_of(each for each in found.values() if isinstance(each, Filed))
        # told twice, it is written once: the first one stays
        new = {_place(each): each for each in reversed(wanted) if isinstance(each, Event) and _place(each) not in held}
        try:
            held |= zip(new, self._archive.add(list(new.values())) if new else (), strict=True)
        except TableUnavailable as error:
            return [error if isinstance(each, Event) else each for each in wanted]
        return [_noted(each, held[_place(each)]) if isinstance(each, Event) else each for each in wanted]

    def _find(self, outcomes: Sequence[Outcome]) -> Mapping[Outcome, Filed | ServiceError]:
        """The prediction of each, or why there is none."""
        by_customer = {(each.customer_id, _end(each.observed_on)) for each in outcomes if each.customer_id}
        places = sorted(by_customer)
        last = dict(zip(places, self._archive.last(places), strict=True))
        nobody = {who for who, end in places if last[who, end] is None}
        known = {who for who, each in self._table.look_up(sorted(nobody)).items() if each.existing} if nobody else set()
        ids = {each: each.prediction_id or last[each.customer_id or "", _end(each.observed_on)] for each in outcomes}
        filed = self._archive.find_many(list(dict.fromkeys(each for each in ids.values() if each)))

        def of(outcome: Outcome, prediction_id: str | None) -> Filed | ServiceError:
            if prediction_id is not None:
                return filed.get(prediction_id) or UnknownPrediction("There is no such prediction.")
            if outcome.customer_id in known:
                return UnknownPrediction("No prediction of this customer was made by that day.")
            return UnknownCustomer()

        return {outcome: of(outcome, prediction_id) for outcome, prediction_id in ids.items()}

    def _event(self, outcome: Outcome, found: Filed | ServiceError, noting: Noting) -> Event | ServiceError:
        if isinstance(found, ServiceError):
            return found
        record = found.record
        scored_on = moment(record.scored_at).date()
        # the day before: it has not ended everywhere yet
        if outcome.prediction_id and outcome.observed_on < scored_on - DAY:
            problem = FieldError("observed_on", f"must not lie before the prediction, which was made on {scored_on}")
            return InvalidRequest(errors=[problem])
        if isinstance(record, ErasedRecord):
            return PredictionErased(ERASED)
        day = outcome.observed_on.isoformat()
        by = "prediction" if outcome.prediction_id else "customer"
        body = {"defaulted": outcome.defaulted, "observed_on": day, "by": by}
        at = stamp(self._clock.now(beyond=record.scored_at))
        event = Event(record.prediction_id, record.customer_id, "outcome", day, at, body)
        return noting.refusal(found, event) or event


def _place(outcome: Event) -> tuple[str, str]:
    return outcome.prediction_id, outcome.key


def _outcomes_of(filed: Iterable[Filed]) -> dict[tuple[str, str], Event]:
    return {_place(event): event for each in filed for event in each.events if event.kind == "outcome"}


def _end(day: date) -> str:
    """The stamp at which a day ends (UTC)."""
    return stamp(datetime.combine(day, time(), UTC) + DAY)


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
