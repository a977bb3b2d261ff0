"""Whatever is saved, noted, held and erased in whatever order: the SQL table and the one in memory say the same."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from db.sql.database import sqlite
from db.sql.table import SqlTable
from routing.archive import Hold, OnHold, UnknownCustomer
from routing.ports import HistoryQuery, Write
from scoring.identity import stamp
from tests.contracts.tables import Table
from tests.fakes.records import START, a_receipt, a_record, an_event
from tests.fakes.table import MemoryTable

CUSTOMERS = ("CUS1", "CUS2")
_made = itertools.count(1)


@contextmanager
def twins() -> Iterator[tuple[Table, Table]]:
    with tempfile.TemporaryDirectory() as folder:
        table = SqlTable(sqlite(Path(folder) / "credit.db"), deadline=60)
        table.create()
        yield MemoryTable(), table
        table.close()


moments = st.integers(0, 6)
steps = st.one_of(
    st.tuples(st.just("save"), st.sampled_from(CUSTOMERS), moments, st.booleans()),
    st.tuples(st.just("look up"), st.sampled_from(CUSTOMERS), moments, st.booleans()),
    st.tuples(st.just("note"), st.sampled_from(CUSTOMERS), moments, st.booleans()),
    st.tuples(st.just("erase"), st.sampled_from(CUSTOMERS), moments, st.booleans()),
    st.tuples(st.just("hold"), st.sampled_from(CUSTOMERS), moments, st.booleans()),
)


@settings(max_examples=60)
@given(st.lists(steps, max_size=14))
def test_both_say_the_same_after_the_same(story: list[tuple[str, str, int, bool]]) -> None:
    with twins() as (memory, sql):
        seals: dict[tuple[int, str], bytes | None] = {}
        first = {each: a_record(each, START) for each in CUSTOMERS}
        for what, who, when, flag in story:
            number, at = next(_made), stamp(START + timedelta(seconds=when))
            record = a_record(who, START + timedelta(seconds=when), score=300.0 + number)
            event = an_event(first[who], key=f"{when}", at=at, body={"number": number})
            receipt = a_receipt(who, at, f"receipt {number}")
            answers: list[object] = []
            for i, table in enumerate((memory, sql)):
                if what == "save":  # with the seal of a look-up that may be long ago, or as from an outbox
                    table.save([Write(record, seal=seals.get((i, who)) if flag else None)])
                elif what == "look up":
                    seals[i, who] = table.look_up([who])[who].seal
                elif what == "note":
                    answers.append(table.add([event]))
                elif what == "erase":
                    answers.append(outcome(table.erase, receipt))
                else:
                    hold = Hold("a reason", "a user", at) if flag else None
                    answers.append(outcome(table.hold, who, hold))
            assert answers[:1] == answers[1:]
            assert everything(memory) == everything(sql)


def outcome(do: Callable[..., object], *arguments: object) -> object:
    try:
        return do(*arguments)
    except (OnHold, UnknownCustomer) as error:
        return type(error)


def everything(table: Table) -> list[object]:
    query = [list(table.history(HistoryQuery(who, 50))) for who in CUSTOMERS]
    scanned = sorted(table.scan(), key=lambda filed: filed.record.prediction_id)
    found = [table.find(each.record.prediction_id) for each in scanned]
    return [table.look_up(CUSTOMERS), query, scanned, found, [table.dossier(who) for who in CUSTOMERS]]
