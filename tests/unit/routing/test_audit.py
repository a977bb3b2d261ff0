"""Clocks, days and races of outcomes, overrides and erasures; what HTTP shows of them is tested in tests/api."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.archive import Event
from routing.audit import AuditService, Override, decision_in_force
from routing.outcomes import Contradiction, Noted, Outcome, PredictionErased, newest_outcome
from routing.ports import Write
from scoring.errors import InvalidRequest
from scoring.identity import Clock, stamp
from scoring.record import ScoreRecord
from tests.fakes.records import a_receipt, a_record
from tests.fakes.table import MemoryTable

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def desk(at: datetime, *records: ScoreRecord) -> tuple[AuditService, MemoryTable]:
    """The service at a moment, over a table that holds these records."""
    table = MemoryTable()
    table.save([Write(each) for each in records])
    return AuditService(table, table, Clock(lambda: at)), table


@pytest.mark.parametrize(("day", "is_noted"), [(8, False), (9, True), (10, True), (11, True), (12, False)])
def test_a_day_counts_while_it_lasts_anywhere_on_earth(day: int, is_noted: bool) -> None:
    record = a_record(at=NOON)
    audit, _ = desk(NOON + timedelta(minutes=1), record)
    [result] = audit.outcomes([Outcome(True, date(2026, 3, day), prediction_id=record.prediction_id)])
    assert isinstance(result, Noted if is_noted else InvalidRequest)


def test_a_customer_s_outcome_goes_to_the_last_prediction_of_that_day_or_before() -> None:
    records = [a_record(at=NOON - timedelta(days=days)) for days in (30, 20, 10)]
    audit, _ = desk(NOON, *records)

    def of(day: date) -> str | None:
        [result] = audit.outcomes([Outcome(False, day, customer_id=records[0].customer_id)])
        return result.event.prediction_id if isinstance(result, Noted) else None

    for record, days in zip(records, (30, 20, 10), strict=True):
        scored_on = (NOON - timedelta(days=days)).date()
        assert [of(scored_on + timedelta(days=more)) for more in (0, 9)] == [record.prediction_id] * 2
    assert of((NOON - timedelta(days=31)).date()) is None


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=12))
def test_the_outcome_in_force_is_the_first_one_told_of_the_newest_day(told: list[tuple[int, bool]]) -> None:
    record = a_record(at=NOON)
    audit, _ = desk(NOON + timedelta(days=10), record)
    held: dict[int, bool] = {}
    for day, defaulted in told:
        observed_on = NOON.date() + timedelta(days=day)
        [result] = audit.outcomes([Outcome(defaulted, observed_on, prediction_id=record.prediction_id)])
        assert isinstance(result, Noted if held.setdefault(day, defaulted) == defaulted else Contradiction)
    newest = newest_outcome(audit.find(record.prediction_id).events)
    assert (newest.body["defaulted"] if newest and newest.body else None) == (held[max(held)] if held else None)


def test_one_override_given_many_times_at_once_is_one_override() -> None:
    record = a_record(at=NOON)
    audit, table = desk(NOON + timedelta(minutes=1), record)
    override = Override("decline", "Address not found", "clerk-7")
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: audit.override(record.prediction_id, override), range(8)))
    assert sum(not each.before for each in results) == 1
    assert len({each.event.at for each in results}) == 1
    assert len(table.events[record.prediction_id]) == 1
    assert decision_in_force(audit.find(record.prediction_id)) == "decline"


class ErasedMeanwhile(MemoryTable):
    """Whose customer is erased after the prediction was found and before the event is written."""

    def add(self, events: Sequence[Event]) -> Sequence[Event]:
        return super().add([replace(each, body=None) for each in events])


@pytest.mark.parametrize(
    "note",
    [
        lambda audit, of: audit.override(of, Override("decline", "r", "u")),
        lambda audit, of: audit.outcomes([Outcome(True, NOON.date(), prediction_id=of)])[0],
    ],
)
def test_what_is_noted_while_the_customer_is_erased_is_told_to_be_gone(
    note: Callable[[AuditService, str], Noted | PredictionErased],
) -> None:
    record, table = a_record(at=NOON), ErasedMeanwhile()
    table.save([Write(record)])
    audit = AuditService(table, table, Clock(lambda: NOON + timedelta(minutes=1)))
    try:
        result = note(audit, record.prediction_id)
    except PredictionErased as error:
        result = error
    assert isinstance(result, PredictionErased)


def test_an_erasure_covers_a_last_prediction_from_a_clock_ahead_but_not_one_from_a_wrong_date() -> None:
    for ahead, is_covered in ((timedelta(minutes=5), True), (timedelta(days=5), False)):
        record = a_record(at=NOON + ahead)
        audit, _ = desk(NOON, record)
        receipt = audit.erase(record.customer_id, "asked for", "dpo-2")
        assert (receipt.erased_at > record.scored_at) is is_covered


def test_a_clock_behind_loses_no_outcome_and_the_last_override_counts() -> None:
    record, readings = a_record(at=NOON + timedelta(days=2)), [NOON + timedelta(days=3)]
    table = MemoryTable()
    table.save([Write(record)])
    table.erase(a_receipt(record.customer_id, stamp(NOON + timedelta(days=1))))
    scored = a_record(at=NOON + timedelta(days=2, seconds=1))
    table.save([Write(scored)])
    audit = AuditService(table, table, Clock(lambda: readings[0]))
    audit.override(scored.prediction_id, Override("decline", "Address not found", "clerk-7"))
    audit = AuditService(table, table, Clock(lambda: NOON))  # another machine's, or after a restart
    audit.override(scored.prediction_id, Override("refer", "Address found", "clerk-8"))
    assert decision_in_force(audit.find(scored.prediction_id)) == "refer"
    [result] = audit.outcomes([Outcome(True, NOON.date() + timedelta(days=1), prediction_id=scored.prediction_id)])
    assert isinstance(result, Noted)


def test_an_erasure_is_dated_after_the_one_before_it() -> None:
    record = a_record(at=NOON)
    audit, table = desk(NOON, record)
    before = table.erase(a_receipt(record.customer_id, stamp(NOON + timedelta(days=9))))
    table.save([Write(a_record(at=NOON + timedelta(days=10)))])
    assert audit.erase(record.customer_id, "asked for", "dpo-2").erased_at > before.erased_at


def test_holds_replace_each_other_and_are_dated() -> None:
    record = a_record(at=NOON)
    audit, _ = desk(NOON, record)
    audit.hold(record.customer_id, "Case 1", "legal-1")
    second = audit.hold(record.customer_id, "Case 2", "legal-2")
    assert audit.dossier(record.customer_id).hold == second
    assert (second.user, second.since[:10]) == ("legal-2", "2026-03-10")
    audit.lift(record.customer_id)
    assert audit.dossier(record.customer_id).hold is None
