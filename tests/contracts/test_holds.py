"""What every archive promises of dossiers and holds, and of an archive out of reach."""

from __future__ import annotations

import dataclasses

import pytest

from routing.archive import Dossier, Filed, Hold, OnHold, UnknownCustomer
from scoring.errors import TableUnavailable
from tests.contracts.steps import saved
from tests.contracts.tables import Store
from tests.fakes.records import a_receipt, a_record, an_event, later

HOLD = Hold("proceedings 4 C 12/26", "legal@bank.example", "2026-11-20T09:00:00.000000Z")


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
