"""What every archive promises: predictions by id, their events, all of them page by page, holds."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from routing.archive import Archive, Dossier, Event, Filed, Hold, OnHold, UnknownCustomer
from routing.ports import Write
from scoring.errors import TableUnavailable
from scoring.identity import stamp
from scoring.record import ErasedRecord, ScoreRecord
from tests.contracts.tables import Store, Table
from tests.fakes.records import START, a_receipt, a_record, an_event, an_explained_record, later

HOLD = Hold("proceedings 4 C 12/26", "legal@bank.example", "2026-11-20T09:00:00.000000Z")


def saved(table: Table, *records: ScoreRecord) -> None:
    table.save([Write(record) for record in records])


def events(table: Archive, record: ScoreRecord) -> tuple[Event, ...]:
    found = table.find(record.prediction_id)
    assert found is not None
    return found.events


# ------------------------------------------------------------ one prediction


def test_a_prediction_nobody_made_is_not_there(store: Store) -> None:
    assert store.table().find("pred_unknown") is None


def test_a_prediction_is_found_by_its_id_exactly_as_it_was_scored(store: Store) -> None:
    records = [
        an_explained_record("CUS1"),
        an_explained_record("ünï 💶 '\"#"),
        a_record("CUS1", customer_type="existing"),
    ]
    saved(store.table(), *records)
    assert [store.table().find(record.prediction_id) for record in records] == [Filed(record) for record in records]


def test_a_prediction_comes_with_its_events_in_the_order_they_were_written_down(store: Store) -> None:
    table, record, other = store.table(), an_explained_record(), a_record()
    saved(table, record, other)
    noted = [
        an_event(record, "shadow", "routes.new.shadow", later(record), {"score": 0.1 + 0.2, "models": [{"m": 5e-324}]}),
        an_event(record, "override", "zz", later(record, days=1), {"reason": "ü 💶", "score": None}),
        an_event(record, "outcome", "2026-03-01", later(record, days=2)),
        an_event(record, "override", "aa", later(record, days=3), {}),
    ]
    table.add([noted[2], an_event(other), noted[0]])
    table.add([noted[3], noted[1]])
    assert store.table().find(record.prediction_id) == Filed(record, tuple(noted))


def test_adding_answers_what_is_held_and_the_first_of_a_key_stays(store: Store) -> None:
    table, record = store.table(), a_record()
    saved(table, record)
    first, second = an_event(record), an_event(record, at=later(record, days=9), body={"defaulted": False})
    fresh = an_event(record, key="2026-04-01", body={"defaulted": False})
    assert list(table.add([first])) == [first]
    assert list(store.table().add([second, fresh, second])) == [first, fresh, first]
    assert list(table.add([])) == []
    assert sorted(each.key for each in events(table, record)) == ["2026-03-01", "2026-04-01"]


def test_of_equal_keys_written_together_the_first_stays(store: Store) -> None:
    table, record = store.table(), a_record()
    saved(table, record)
    first, second = an_event(record), an_event(record, body={"defaulted": False})
    assert list(table.add([first, second])) == [first, first]


def test_one_key_may_be_used_for_every_kind_and_every_prediction(store: Store) -> None:
    table, records = store.table(), [a_record(), a_record("CUS2")]
    saved(table, *records)
    noted = [an_event(record, kind, "key") for record in records for kind in ("outcome", "override", "shadow")]
    assert list(table.add(noted)) == noted
    assert {each.kind for each in events(table, records[0])} == {"outcome", "override", "shadow"}


def test_many_predictions_are_found_at_once_those_that_are_not_there_left_out(store: Store) -> None:
    table, records = store.table(), [a_record(f"CUS{i % 7}") for i in range(130)]
    saved(table, *records)
    noted = [an_event(record) for record in records[::10]]
    table.add(noted)
    erased, ids = records[0].customer_id, [record.prediction_id for record in records]
    table.erase(a_receipt(erased, later(records[-1])))
    found = table.find_many([*ids, "pred_unknown", ids[0]])
    assert found.keys() == set(ids)
    assert {each: table.find(each) for each in ids} == found
    assert all(isinstance(each.record, ErasedRecord) == (each.record.customer_id == erased) for each in found.values())
    assert table.find_many([]) == {}


def test_the_last_prediction_of_customers_before_a_moment_is_found_by_their_ids(store: Store) -> None:
    table, records = store.table(), [a_record(f"CUS{i % 2}") for i in range(6)]
    saved(table, *records)
    ids, end = [record.prediction_id for record in records], later(records[-1], seconds=1)
    wanted = [("CUS0", end), ("CUS1", end), ("CUS1", records[5].scored_at), ("CUS0", records[0].scored_at), ("X", end)]
    assert list(table.last(wanted)) == [ids[4], ids[5], ids[3], None, None]
    assert list(table.last([])) == []
    table.erase(a_receipt("CUS0", end))
    assert list(table.last(wanted[:1])) == [ids[4]]


def test_an_event_may_come_before_its_prediction(store: Store) -> None:
    table, record = store.table(), a_record("CUS-new")
    event = an_event(record)
    table.add([event])
    assert table.find(record.prediction_id) is None
    assert not table.look_up(["CUS-new"])["CUS-new"].existing
    saved(table, record)
    assert table.find(record.prediction_id) == Filed(record, (event,))


def test_many_events_are_added_at_once(store: Store) -> None:
    table, records = store.table(), [a_record(f"CUS{i % 7}") for i in range(60)]
    saved(table, *records)
    noted = [an_event(record, body={"number": i}) for i, record in enumerate(records)]
    assert list(table.add(noted)) == noted
    assert [events(table, record) for record in records] == [(event,) for event in noted]


# ------------------------------------------------------------ all predictions


def test_an_empty_archive_has_nothing_to_scan(store: Store) -> None:
    assert list(store.table().scan()) == []


def test_a_scan_shows_every_prediction_once_with_its_events(store: Store) -> None:
    table = store.table()
    records = [a_record(f"CUS{i % 40}") for i in range(290)] + [an_explained_record("CUS1")]
    records.append(dataclasses.replace(records[0], prediction_id="pred_at_the_same_time", customer_id="CUS-other"))
    saved(table, *records)
    noted = {record.prediction_id: an_event(record) for record in records[::50]}
    table.add(list(noted.values()))
    scanned = list(table.scan())
    assert len(scanned) == len(records)
    assert {each.record.prediction_id: each for each in scanned} == {
        record.prediction_id: Filed(record, tuple(noted[key] for key in [record.prediction_id] if key in noted))
        for record in records
    }


def test_a_scan_keeps_to_its_bounds(store: Store) -> None:
    moments = [START + timedelta(microseconds=i) for i in range(5)]
    records = [a_record(f"CUS{i}", at) for i, at in enumerate(moments)]
    saved(store.table(), *records)

    def scanned(since: int | None = None, until: int | None = None) -> list[int]:
        bounds = (None if i is None else stamp(moments[i]) for i in (since, until))
        return sorted(records.index(each.record) for each in store.table().scan(*bounds))  # type: ignore[arg-type]

    assert scanned(since=3) == [3, 4]
    assert scanned(until=1) == [0]
    assert scanned(1, 3) == [1, 2]
    assert scanned(3, 1) == scanned(2, 2) == []


def test_a_scan_may_be_left_and_does_not_hold_up_writers(store: Store) -> None:
    table, records = store.table(), [a_record(f"CUS{i}") for i in range(30)]
    saved(table, *records)
    scan = table.scan()
    seen = [next(scan)]
    saved(store.table(), a_record("CUS-later"))
    table.erase(a_receipt("CUS-later", later(records[-1], days=300)))
    seen += scan
    ids = [each.record.prediction_id for each in seen]
    assert len(ids) == len(set(ids))
    assert set(ids) >= {record.prediction_id for record in records}


# ------------------------------------------------------------ dossiers and holds


def test_a_customer_nobody_knows_has_no_dossier_and_cannot_be_held(store: Store) -> None:
    table = store.table()
    assert table.dossier("CUS1") is None
    for hold in (HOLD, None):
        with pytest.raises(UnknownCustomer):
            table.hold("CUS1", hold)
    assert table.dossier("CUS1") is None
    assert not table.look_up(["CUS1"])["CUS1"].existing


def test_a_customer_has_an_empty_dossier_at_first(store: Store) -> None:
    table = store.table()
    store.bank_puts("CUS-bank")
    saved(table, a_record("CUS-scored"))
    assert [table.dossier(each) for each in ("CUS-bank", "CUS-scored")] == [Dossier(), Dossier()]


@pytest.mark.parametrize("customer_id", ["CUS-bank", "CUS-scored", "ünï 💶 '\"#%"])
def test_a_hold_is_set_replaced_and_lifted(store: Store, customer_id: str) -> None:
    table = store.table()
    store.bank_puts("CUS-bank", branch="Graz")
    saved(table, a_record("CUS-scored"), a_record("ünï 💶 '\"#%"))
    table.hold(customer_id, None)
    assert table.dossier(customer_id) == Dossier()
    for hold in (HOLD, dataclasses.replace(HOLD, reason="another ü")):
        table.hold(customer_id, hold)
        assert store.table().dossier(customer_id) == Dossier(hold)
    table.hold(customer_id, None)
    assert table.dossier(customer_id) == Dossier()
    assert store.branch_of("CUS-bank") == "Graz"


def test_a_held_customer_is_scored_on(store: Store) -> None:
    table, before, after = store.table(), a_record("CUS1"), a_record("CUS1")
    store.bank_puts("CUS1")
    table.hold("CUS1", HOLD)
    saved(table, before)
    saved(table, after)
    assert [table.find(each.prediction_id) for each in (before, after)] == [Filed(before), Filed(after)]


def test_a_hold_prevents_the_erasure_until_it_is_lifted(store: Store) -> None:
    table, record = store.table(), a_record("CUS1")
    saved(table, record)
    table.add([an_event(record)])
    table.hold("CUS1", HOLD)
    receipt = a_receipt("CUS1", later(record, days=300))
    with pytest.raises(OnHold):
        table.erase(receipt)
    assert table.find(record.prediction_id) == Filed(record, (an_event(record),))
    assert table.look_up(["CUS1"])["CUS1"].latest is not None
    assert table.dossier("CUS1") == Dossier(HOLD)
    table.hold("CUS1", None)
    assert table.erase(receipt) == receipt


# ------------------------------------------------------------ out of reach


def test_an_archive_out_of_reach_is_never_taken_for_an_empty_one(store: Store) -> None:
    table, record = store.table(), a_record("CUS1")
    saved(table, record)
    store.break_down()
    for attempt in (
        lambda: table.find(record.prediction_id),
        lambda: table.add([an_event(record)]),
        lambda: list(table.scan()),
        lambda: table.dossier("CUS1"),
        lambda: table.hold("CUS1", HOLD),
        lambda: table.erase(a_receipt("CUS1", later(record))),
    ):
        with pytest.raises(TableUnavailable) as failure:
            attempt()
        assert failure.value.detail.startswith("The customers table cannot be ")
