"""What every archive promises: predictions by id, and their events."""

from __future__ import annotations

from routing.archive import Filed
from scoring.record import ErasedRecord
from tests.contracts.steps import events, saved
from tests.contracts.tables import Store
from tests.fakes.records import a_receipt, a_record, an_event, an_explained_record, later


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
