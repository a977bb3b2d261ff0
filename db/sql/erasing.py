"""Erasures and the holds that prevent them: a customer's key is thrown away in one transaction."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import BindParameter, Connection, RowMapping, bindparam, exists, func, insert, null, select, update

from db.items import skeleton
from db.sql.database import Insert
from db.sql.schema import customer_keys, customers, erasures, score_history
from db.sql.sealed import is_plain
from routing.archive import Dossier, Hold, OnHold, Receipt, UnknownCustomer
from scoring.record import ScoreRecord

_keys, _history = customer_keys.c, score_history.c
_ID: BindParameter[str] = bindparam("id")
_LATEST = [column for column in customers.c if not column.primary_key]

_is_known = select(
    exists().where(customers.c.customer_id == _ID)
    | exists().where(_history.customer_id == _ID)
    | exists().where(_keys.customer_id == _ID)
)
_holding = select(_keys.hold).where(_keys.customer_id == _ID)
_receipts = select(erasures).where(erasures.c.customer_id == _ID).order_by(erasures.c.number)
_latest = select(*_LATEST).where(customers.c.customer_id == _ID)
_forget_latest = update(customers).where(customers.c.customer_id == _ID).values({each.name: null() for each in _LATEST})
_unsealed = select(_history.prediction_id, _history.record).where(
    _history.customer_id == _ID, _history.sealed.is_(None)
)
_leave = update(score_history).where(_history.prediction_id == _ID).values(record=bindparam("left"))
_newest = select(func.max(_history.scored_at)).where(_history.customer_id == _ID)
_set_hold = update(customer_keys).where(_keys.customer_id == _ID).values(hold=bindparam("held"))
_throw_away = (
    update(customer_keys).where(_keys.customer_id == _ID).values(seal_key=null(), erased_at=bindparam("moment"))
)


class Eraser:
    """What a transaction does about holds and erasures."""

    def __init__(self, dialect_insert: Insert) -> None:
        row = dialect_insert(customer_keys)
        # an update that changes nothing, so that the row is locked until the end of the transaction
        self._lock = row.on_conflict_do_update(
            index_elements=["customer_id"], set_={"customer_id": row.excluded.customer_id}
        ).returning(_keys.seal_key, _keys.erased_at, _keys.hold)

    def dossier(self, connection: Connection, customer_id: str) -> Dossier | None:
        """How a customer's data stand; None for one nobody knows."""
        if not connection.scalar(_is_known, {"id": customer_id}):
            return None
        hold = connection.scalar(_holding, {"id": customer_id})
        return Dossier(None if hold is None else Hold(**hold), self._receipts(connection, customer_id))

    def hold(self, connection: Connection, customer_id: str, hold: Hold | None) -> UnknownCustomer | None:
        """Set or lift a hold, or answer why not."""
        if not connection.scalar(_is_known, {"id": customer_id}):
            return UnknownCustomer()
        self._locked(connection, customer_id)
        connection.execute(_set_hold, {"id": customer_id, "held": None if hold is None else asdict(hold)})
        return None

    def erase(self, connection: Connection, receipt: Receipt) -> Receipt | OnHold | UnknownCustomer:
        """Throw the key away and answer the receipt that holds, or why it was not done."""
        who = {"id": receipt.customer_id}
        if not connection.scalar(_is_known, who):
            return UnknownCustomer()
        key = self._locked(connection, receipt.customer_id)
        if key["hold"] is not None:
            return OnHold()
        was_left = key["seal_key"] is not None
        was_left |= self._strip_unsealed(connection, receipt.customer_id)
        was_left |= self._forget_latest(connection, receipt.customer_id)
        # another machine's clock may be ahead: what it stored is erased too, though dated later
        moment = max(receipt.erased_at, key["erased_at"] or "", connection.scalar(_newest, who) or "")
        connection.execute(_throw_away, {**who, "moment": moment})
        if not was_left and (before := self._receipts(connection, receipt.customer_id)):
            return before[-1]
        connection.execute(insert(erasures), _receipt_row(receipt))
        return receipt

    def _locked(self, connection: Connection, customer_id: str) -> RowMapping:
        return connection.execute(self._lock, {"customer_id": customer_id}).mappings().one()

    def _receipts(self, connection: Connection, customer_id: str) -> tuple[Receipt, ...]:
        rows = connection.execute(_receipts, {"id": customer_id}).mappings()
        return tuple(
            Receipt(row["receipt_id"], row["customer_id"], row["erased_at"], row["erased_by"], row["reason"])
            for row in rows
        )

    def _strip_unsealed(self, connection: Connection, customer_id: str) -> bool:
        """Leave the skeletons of records that older code wrote unsealed; whether there were any."""
        found = connection.execute(_unsealed, {"id": customer_id})
        rows = [
            {"id": row.prediction_id, "left": skeleton(ScoreRecord.from_dict(row.record))}
            for row in found
            if is_plain(row.record)
        ]
        if rows:
            connection.execute(_leave, rows)
        return bool(rows)

    def _forget_latest(self, connection: Connection, customer_id: str) -> bool:
        """Empty what the customers table says of the last score; whether it said anything."""
        row = connection.execute(_latest, {"id": customer_id}).one_or_none()
        if row is None or all(value is None for value in row):
            return False
        connection.execute(_forget_latest, {"id": customer_id})
        return True


def _receipt_row(receipt: Receipt) -> dict[str, Any]:
    return {
        "receipt_id": receipt.receipt_id,
        "customer_id": receipt.customer_id,
        "erased_at": receipt.erased_at,
        "erased_by": receipt.user,
        "reason": receipt.reason,
    }
