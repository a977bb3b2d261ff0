"""What every customers table promises about Idempotency-Keys."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from routing.ports import (
    Claimed,
    ClaimOutcome,
    CustomerTable,
    Done,
    HistoryQuery,
    InProgress,
    KeyClaim,
    KeyUse,
    OtherBody,
    Write,
)
from tests.contracts.tables import CLAIM_SECONDS, KEY_SECONDS, Store
from tests.fakes.records import a_record, an_explained_record

USE = KeyUse("key", "body")
OTHER_BODY = KeyUse("key", "another body")


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = time.time()

    def __call__(self) -> float:
        return self.seconds


def claim(table: CustomerTable, use: KeyUse = USE) -> ClaimOutcome:
    (outcome,) = table.claim([use])
    return outcome


def claimed(table: CustomerTable, use: KeyUse = USE) -> KeyClaim:
    outcome = claim(table, use)
    assert isinstance(outcome, Claimed)
    return KeyClaim(use, outcome.token)


def test_a_key_is_claimed_once(store: Store) -> None:
    claimed(store.table())
    assert claim(store.table()) == InProgress()
    assert claim(store.table(), OTHER_BODY) == OtherBody()


def test_a_completed_key_answers_with_its_record(store: Store) -> None:
    table, record = store.table(), an_explained_record()
    table.save([Write(record, claimed(table))])
    assert claim(store.table()) == Done(record)
    assert claim(store.table(), OTHER_BODY) == OtherBody()


def test_keys_are_claimed_each_on_its_own(store: Store) -> None:
    table, record = store.table(), a_record()
    done, running, fresh = KeyUse("done", "body"), KeyUse("running", "body"), KeyUse("fresh", "body")
    table.save([Write(record, claimed(table, done))])
    claimed(table, running)
    first, second, third, twice, other = table.claim([done, running, fresh, fresh, KeyUse("done", "another body")])
    assert (first, second, twice, other) == (Done(record), InProgress(), InProgress(), OtherBody())
    assert isinstance(third, Claimed)
    assert list(table.claim([])) == []


def test_a_released_claim_can_be_taken_at_once(store: Store) -> None:
    table = store.table()
    table.release([claimed(table)])
    claimed(table, OTHER_BODY)


def test_only_the_holder_can_release_a_claim(store: Store) -> None:
    table = store.table()
    claimed(table)
    table.release([KeyClaim(USE, "another token"), KeyClaim(KeyUse("unknown", "body"), "token")])
    table.release([])
    assert claim(table) == InProgress()


def test_a_completed_key_cannot_be_released(store: Store) -> None:
    table, record = store.table(), a_record()
    held = claimed(table)
    table.save([Write(record, held)])
    table.release([held])
    assert claim(table) == Done(record)


def test_a_claim_whose_holder_died_expires(store: Store) -> None:
    clock = Hands()
    table = store.table(clock)
    claimed(table)
    clock.seconds += CLAIM_SECONDS - 1
    assert claim(table) == InProgress()
    clock.seconds += 1
    claimed(table, OTHER_BODY)


def test_a_completed_key_expires_a_day_later(store: Store) -> None:
    clock = Hands()
    table, record = store.table(clock), a_record()
    table.save([Write(record, claimed(table))])
    clock.seconds += KEY_SECONDS - 1
    assert claim(table) == Done(record)
    clock.seconds += 1
    claimed(table, OTHER_BODY)


def test_a_claim_that_another_took_does_not_stop_its_record(store: Store) -> None:
    clock = Hands()
    table, late, quick = store.table(clock), a_record(), a_record()
    lost = claimed(table)
    clock.seconds += CLAIM_SECONDS
    taken = claimed(table)
    table.save([Write(late, lost)])
    assert claim(table) == InProgress()
    table.save([Write(quick, taken)])
    assert claim(table) == Done(quick)
    assert list(table.history(HistoryQuery(late.customer_id, 20))) == [quick, late]


def test_a_claim_that_expired_and_that_nobody_took_is_completed(store: Store) -> None:
    clock = Hands()
    table, record = store.table(clock), a_record()
    held = claimed(table)
    clock.seconds += CLAIM_SECONDS + 1
    table.save([Write(record, held)])
    assert claim(table) == Done(record)


def test_a_record_that_comes_after_its_claim_is_gone_completes_its_key(store: Store) -> None:
    table, record = store.table(), a_record()
    held = claimed(table)
    table.release([held])
    table.save([Write(record, held)])
    assert claim(table) == Done(record)
    assert claim(table, OTHER_BODY) == OtherBody()


def test_saving_a_completed_write_again_leaves_its_key_as_it_is(store: Store) -> None:
    table = store.table()
    write = Write(a_record(), claimed(table))
    table.save([write])
    table.save([write])
    assert claim(table) == Done(write.record)
    assert len(table.history(HistoryQuery(write.record.customer_id, 20))) == 1


def test_of_fifty_that_claim_a_key_at_once_one_gets_it(store: Store) -> None:
    tables, gate = [store.table() for _ in range(2)], threading.Barrier(50)

    def run(i: int) -> ClaimOutcome:
        gate.wait()
        return claim(tables[i % 2])

    with ThreadPoolExecutor(50) as threads:
        outcomes = list(threads.map(run, range(50)))
    assert sum(isinstance(outcome, Claimed) for outcome in outcomes) == 1
    assert outcomes.count(InProgress()) == 49


def test_workers_that_save_at_once_lose_and_double_nothing(store: Store) -> None:
    tables, records = [store.table() for _ in range(2)], [a_record() for _ in range(60)]

    def run(i: int) -> None:
        tables[i % 2].save([Write(records[i], claimed(tables[i % 2], KeyUse(f"key {i}", "body")))])

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(run, range(len(records))))
    found = tables[0].history(HistoryQuery(records[0].customer_id, 200))
    assert list(found) == records[::-1]
    standing = tables[0].look_up([records[0].customer_id])[records[0].customer_id]
    assert standing.latest is not None
    assert standing.latest.scored_at == records[-1].scored_at
    assert [claim(tables[1], KeyUse(f"key {i}", "body")) for i in range(60)] == [Done(record) for record in records]
