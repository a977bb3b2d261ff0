"""What every customers table promises of histories."""

from __future__ import annotations

import uuid
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.ports import HistoryQuery, Write
from scoring.identity import stamp
from scoring.record import AnyRecord
from tests.contracts.steps import everything
from tests.contracts.tables import Store
from tests.fakes.records import START, a_record


def test_a_customer_without_predictions_has_an_empty_history(store: Store) -> None:
    store.bank_puts("CUS1")
    assert everything(store, "CUS1") == []
    assert everything(store, "CUS2") == []


def test_equal_times_are_ordered_by_prediction_id(store: Store) -> None:
    records = [a_record("CUS1", START, prediction_id=f"pred_{name}") for name in ("b", "A", "c", "_", "a")]
    store.table().save([Write(record) for record in records])
    assert everything(store, "CUS1") == ["pred_c", "pred_b", "pred_a", "pred__", "pred_A"]


def test_since_is_inclusive_and_until_is_exclusive(store: Store) -> None:
    moments = [START + timedelta(microseconds=i) for i in range(5)]
    records = [a_record("CUS1", at) for at in moments]
    store.table().save([Write(record) for record in records])
    ids = [record.prediction_id for record in records]
    assert everything(store, "CUS1", since=stamp(moments[3])) == [ids[4], ids[3]]
    assert everything(store, "CUS1", until=stamp(moments[1])) == [ids[0]]
    assert everything(store, "CUS1", since=stamp(moments[1]), until=stamp(moments[3])) == [ids[2], ids[1]]
    assert everything(store, "CUS1", since=stamp(moments[3]), until=stamp(moments[1])) == []
    seen = (records[3].scored_at, ids[3])
    assert everything(store, "CUS1", before=seen, since=stamp(moments[1])) == [ids[2], ids[1]]
    assert everything(store, "CUS1", before=seen, until=stamp(moments[1])) == [ids[0]]


def test_one_customers_history_never_shows_anothers(store: Store) -> None:
    mine, theirs = a_record("CUS1"), a_record("CUS1#")
    store.table().save([Write(mine), Write(theirs)])
    assert everything(store, "CUS1") == [mine.prediction_id]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offsets=st.lists(st.integers(0, 3), max_size=8), limit=st.integers(1, 4))
def test_pages_of_any_size_show_everything_once_newest_first(store: Store, offsets: list[int], limit: int) -> None:
    customer_id = f"CUS{uuid.uuid4()}"
    records = [a_record(customer_id, START + timedelta(seconds=offset)) for offset in offsets]
    table = store.table()
    table.save([Write(record) for record in records])
    seen: list[AnyRecord] = []
    while page := table.history(
        HistoryQuery(customer_id, limit, before=(seen[-1].scored_at, seen[-1].prediction_id) if seen else None)
    ):
        assert len(page) <= limit
        seen += page
    assert seen == sorted(records, key=lambda record: (record.scored_at, record.prediction_id), reverse=True)
