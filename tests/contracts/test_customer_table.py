"""What every customers table promises: look-up and save."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from routing.ports import HistoryQuery, KeyClaim, KeyUse, LatestPrediction, Standing, Write
from scoring.errors import TableUnavailable
from scoring.record import ModelScore
from tests.contracts.steps import everything
from tests.contracts.tables import Store
from tests.fakes.records import START, a_record, an_explained_record

AWKWARD_IDS = [
    "CUS#123/../CUS",
    "a'b\"c`d;--",
    "%_*?[]",
    " leading and trailing ",
    "ünïcode 💶 客户",
    "CUS123456",
    "cus123456",
    "\u0421US123456",  # the first letter is Cyrillic
    "é",
    "e\u0301",
    "x" * 256,
    "💶" * 256,
]


def latest(store: Store, customer_id: str) -> LatestPrediction:
    found = store.table().look_up([customer_id])[customer_id].latest
    assert found is not None
    return found


def test_a_customer_nobody_knows_is_absent(store: Store) -> None:
    assert store.table().look_up(["CUS1"]) == {"CUS1": Standing(False)}


def test_a_customer_whom_the_bank_put_there_exists_without_a_prediction(store: Store) -> None:
    store.bank_puts("CUS1", branch="Graz")
    assert store.table().look_up(["CUS1"]) == {"CUS1": Standing(True, None)}


def test_a_saved_record_makes_its_customer_existing_for_every_worker(store: Store) -> None:
    record = an_explained_record("CUS1")
    store.table().save([Write(record)])
    assert store.table().look_up(["CUS1"]) == {
        "CUS1": Standing(
            True,
            LatestPrediction(
                scored_at=record.scored_at,
                credit_score=735.4,
                prediction_type="multi_model_aggregate",
                models_used=("traditional", "social"),
                raw_predictions=(
                    {"model": "traditional", "score": 750.5},
                    {"model": "social", "score": 720.3},
                ),
            ),
        )
    }


def test_a_look_up_answers_for_every_id_that_it_is_asked_for(store: Store) -> None:
    table = store.table()
    table.save([Write(a_record(f"CUS{i}")) for i in range(0, 250, 2)])
    asked = [f"CUS{i}" for i in range(250)] + ["CUS0"]
    found = table.look_up(asked)
    assert {each: standing.existing for each, standing in found.items()} == {f"CUS{i}": i % 2 == 0 for i in range(250)}
    assert table.look_up([]) == {}


def test_every_usable_id_is_its_own_customer(store: Store) -> None:
    table = store.table()
    records = {each: a_record(each) for each in AWKWARD_IDS}
    for i, record in enumerate(records.values()):
        assert not any(table.look_up([later])[later].existing for later in AWKWARD_IDS[i:])
        table.save([Write(record)])
    standings = table.look_up(AWKWARD_IDS)
    for each, record in records.items():
        standing = standings[each].latest
        assert standing is not None
        assert standing.scored_at == record.scored_at
        assert everything(store, each) == [record.prediction_id]


def test_a_record_comes_back_exactly(store: Store) -> None:
    record = an_explained_record("CUS1")
    store.table().save([Write(record)])
    (found,) = store.table().history(HistoryQuery("CUS1", 20))
    assert found == record


@pytest.mark.parametrize("number", [0.1, 0.1 + 0.2, 1e-200, 5e-324, 1.7976931348623157e308, -1e-7, 300.0, 735.4])
def test_numbers_come_back_equal(store: Store, number: float) -> None:
    models = (ModelScore("xgboost", "1", "ab", number, number),)
    record = a_record(models=models, probability_of_default=number, inputs={"xgboost": {"income": number}})
    store.table().save([Write(record)])
    (found,) = store.table().history(HistoryQuery(record.customer_id, 20))
    assert found == record


def test_the_latest_score_comes_back_equal(store: Store) -> None:
    scores = [300.0, 699.9, 735.4, 0.1 + 0.2, 850.0]
    for i, score in enumerate(scores):
        store.table().save([Write(a_record(f"CUS{i}", score=score))])
    assert [latest(store, f"CUS{i}").credit_score for i in range(len(scores))] == scores


def test_saving_the_same_write_again_changes_nothing(store: Store) -> None:
    older, newer = a_record("CUS1"), a_record("CUS1")
    for writes in ([older, newer], [newer], [older], [older, older]):
        store.table().save([Write(record) for record in writes])
    assert everything(store, "CUS1") == [newer.prediction_id, older.prediction_id]
    assert latest(store, "CUS1").scored_at == newer.scored_at


def test_an_older_record_stored_later_goes_to_the_history_only(store: Store) -> None:
    older, newer = a_record("CUS1", score=500.0), a_record("CUS1", score=700.0)
    store.table().save([Write(newer)])
    store.table().save([Write(older)])
    assert latest(store, "CUS1").credit_score == 700.0
    assert everything(store, "CUS1") == [newer.prediction_id, older.prediction_id]


def test_records_of_one_customer_saved_together_leave_the_newest_as_latest(store: Store) -> None:
    oldest, newest, middle = a_record("CUS1"), a_record("CUS1", START + timedelta(days=2)), a_record("CUS1")
    store.table().save([Write(record) for record in (oldest, newest, middle)])
    assert latest(store, "CUS1").scored_at == newest.scored_at
    assert len(everything(store, "CUS1")) == 3


def test_what_the_bank_keeps_beside_a_customer_stays(store: Store) -> None:
    store.bank_puts("CUS1", branch="Graz")
    for _ in range(2):
        store.table().save([Write(a_record("CUS1"))])
    assert store.branch_of("CUS1") == "Graz"
    assert latest(store, "CUS1").prediction_type == "new_customer_xgboost"


def test_a_hundred_writes_are_stored_at_once(store: Store) -> None:
    records = [a_record(f"CUS{i}") for i in range(100)]
    store.table().save([Write(record) for record in records])
    found = store.table().look_up([record.customer_id for record in records])
    assert all(standing.existing for standing in found.values())
    store.table().save([])


def test_a_table_in_reach_answers_a_ping(store: Store) -> None:
    store.table().ping()


def test_a_table_out_of_reach_is_never_taken_for_an_empty_one(store: Store) -> None:
    table = store.table()
    record = a_record("CUS1")
    table.save([Write(record)])
    store.break_down()
    use = KeyUse("key", "body")
    for attempt in (
        lambda: table.look_up(["CUS1"]),
        lambda: table.look_up(["CUS1", "CUS2"]),
        lambda: table.history(HistoryQuery("CUS1", 20)),
        lambda: table.save([Write(dataclasses.replace(record, prediction_id="pred_2"))]),
        lambda: table.claim([use]),
        lambda: table.release([KeyClaim(use, "token")]),
        table.ping,
    ):
        with pytest.raises(TableUnavailable) as failure:
            attempt()
        assert failure.value.detail.startswith("The customers table cannot be ")
