"""The keys of customers: proposed by whoever needs one first, thrown away by an erasure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, or_, select

from db.sealing import new_key
from db.sql.database import Insert, Writing, write
from db.sql.schema import customer_keys
from db.sql.statements import chunks

_c = customer_keys.c
_states = select(_c.customer_id, _c.seal_key, _c.erased_at).where(_c.customer_id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class Seal:
    """A customer's key, and the stamp up to which the customer is erased ("" for never)."""

    key: bytes
    erased_at: str

    def covers(self, moment: str) -> bool:
        """Whether what is of that moment (a stamp) was erased."""
        return moment <= self.erased_at


class Seals:
    """What a transaction does with keys. Proposing one locks its row until the end of the transaction."""

    def __init__(self, insert: Insert, write: Writing = write) -> None:
        self._write, proposed = write, insert(customer_keys)
        self._propose = proposed.on_conflict_do_update(
            index_elements=["customer_id"],
            set_={"seal_key": proposed.excluded.seal_key},
            where=and_(_c.seal_key.is_(None), or_(_c.erased_at.is_(None), _c.erased_at < bindparam("moment"))),
        )

    def propose(self, connection: Connection, proposals: Iterable[tuple[str, bytes, str]]) -> None:
        """Give customers a key who have none: (customer id, key, moment that it is needed for), once for each.

        Nobody who was erased up to that moment gets one.
        """
        rows = [{"customer_id": who, "seal_key": key, "moment": moment} for who, key, moment in proposals]
        self._write(connection, self._propose, sorted(rows, key=lambda row: str(row["customer_id"])))

    def present(self, connection: Connection, needs: Sequence[tuple[str, str]]) -> Mapping[str, Seal]:
        """The keys of customers, made where needed: for (customer id, moment). An erased moment needs none."""
        latest: dict[str, str] = {}
        for who, moment in needs:
            latest[who] = max(moment, latest.get(who, ""))
        self.propose(connection, [(who, new_key(), moment) for who, moment in latest.items()])
        return {
            row.customer_id: Seal(row.seal_key or b"", row.erased_at or "")
            for ids in chunks(list(latest))
            for row in connection.execute(_states, {"ids": ids})
        }
