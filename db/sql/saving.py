"""Records into the history: sealed before their turn comes, stored only if the seal is still the customer's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select

from db.items import customer_item
from db.sealing import new_key
from db.sql.database import Database
from db.sql.schema import customer_keys, score_history
from db.sql.sealed import sealed_row, skeleton_row
from db.sql.seals import Seals
from routing.ports import Write
from scoring.record import ScoreRecord

SEALED_WITH = "sealed_with"
_FIELD = "row_"
"""Before a column's name: SQLAlchemy keeps the bare names of an INSERT for its own parameters."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A write, its history row, and the key that the row was sealed with; `is_new`: nobody knows that key yet."""

    write: Write
    key: bytes
    is_new: bool
    row: Mapping[str, Any]


def sealed(writes: Sequence[Write]) -> list[Sealed]:
    """The writes, sealed with the keys that they came with; those of a customer without one share a new key."""
    fresh: dict[str, bytes] = {}
    found = []
    for write in writes:
        key = write.seal or fresh.setdefault(write.record.customer_id, new_key())
        found.append(Sealed(write, key, write.seal is None, sealed_row(write.record, key)))
    return found


class Saver:
    """Puts records into the history and into the customers table.

    A look-up and the save that follows it are apart: meanwhile the customer may have been erased, or another may have
    made the first key. So a row is stored only while the key that it was sealed with is the present one, which costs no
    statement of its own; where that did not hold for all of a group, the keys are read and the rest is sealed again.
    """

    def __init__(self, database: Database) -> None:
        self._write, insert = database.write, database.insert
        self._seals = Seals(insert, database.write)
        names = [column.name for column in score_history.columns]
        values = [bindparam(f"{_FIELD}{column.name}", type_=column.type) for column in score_history.columns]
        present = (
            select(*values)
            .where(
                customer_keys.c.customer_id == bindparam(f"{_FIELD}customer_id"),
                customer_keys.c.seal_key == bindparam(SEALED_WITH, type_=customer_keys.c.seal_key.type),
                or_(customer_keys.c.erased_at.is_(None), customer_keys.c.erased_at < bindparam(f"{_FIELD}scored_at")),
            )
            # PostgreSQL: an erasure waits for this transaction, and this one for it; a lock that were shared at
            # first and then not, when the row is sealed again, would tie two of them up in each other
            .with_for_update(key_share=True)
        )
        self._keep = insert(score_history).on_conflict_do_nothing(index_elements=["prediction_id"])
        self._keep_if_present = (
            insert(score_history)
            .from_select(names, present)
            .on_conflict_do_nothing(index_elements=["prediction_id"])
            .execution_options(preserve_rowcount=True)
        )

    def save(self, connection: Connection, group: Sequence[Sealed]) -> list[ScoreRecord]:
        """Store the records; those that were not erased before they came, which may change their customer items."""
        new = {each.write.record.customer_id: each for each in group if each.is_new}
        if new:
            self._seals.propose(connection, [(who, each.key, each.write.record.scored_at) for who, each in new.items()])
        rows = [{SEALED_WITH: each.key, **_fields(each.row)} for each in group]
        if self._write(connection, self._keep_if_present, sorted(rows, key=_customer_id)) == len(group):
            return [each.write.record for each in group]
        return self._seal_again(connection, [each.write.record for each in group])

    def _seal_again(self, connection: Connection, records: Sequence[ScoreRecord]) -> list[ScoreRecord]:
        """Never with a key that a write came with: an erasure may have thrown it away."""
        keys = self._seals.present(connection, [(record.customer_id, record.scored_at) for record in records])
        kept = [record for record in records if not keys[record.customer_id].covers(record.scored_at)]
        left = [record for record in records if keys[record.customer_id].covers(record.scored_at)]
        rows = [sealed_row(record, keys[record.customer_id].key) for record in kept]
        rows += [skeleton_row(record) for record in left]
        connection.execute(self._keep, sorted(rows, key=lambda row: str(row["customer_id"])))
        return kept


def customer_rows(records: Sequence[ScoreRecord]) -> list[dict[str, Any]]:
    """What the customers table is told of records."""
    return [{"customer_id": record.customer_id, **customer_item(record)} for record in records]


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{_FIELD}{name}": value for name, value in row.items()}


def _customer_id(row: Mapping[str, Any]) -> str:
    return str(row[f"{_FIELD}customer_id"])
