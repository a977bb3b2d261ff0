"""The statements, built once: SQLAlchemy compiles each a single time and then only binds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Delete, Select, and_, bindparam, delete, func, or_, select, tuple_

from db.sql.database import Insert
from db.sql.schema import customer_keys, customers, idempotency_keys, prediction_events, score_history

CLEANED_AT_ONCE = 500
"""Expired keys removed in one go: few enough not to hold a commit up."""
AFTER_ALL = "~"
"""Sorts after every stamp."""
A_TIME = "____-__-__%"
"""How a time begins; other text is older than every stamp, for it tells no time."""

_keys, _history, _seals = idempotency_keys.c, score_history.c, customer_keys.c
_held = and_(_keys.key == bindparam("held_key"), _keys.token == bindparam("held_token"), _keys.prediction_id.is_(None))

_seen = (customers.c.customer_id, _history.sealed, _keys.key, _seals.seal_key, prediction_events.c.sealed)
ping: Select[Any] = select(*(select(column).limit(1).scalar_subquery() for column in _seen))

_standings = select(customers, _seals.seal_key, _seals.erased_at).outerjoin_from(
    customers, customer_keys, customers.c.customer_id == _seals.customer_id
)
standing: Select[Any] = _standings.where(customers.c.customer_id == bindparam("id"))
standings: Select[Any] = _standings.where(customers.c.customer_id.in_(bindparam("ids", expanding=True)))

RECORD = (
    _history.prediction_id,
    _history.customer_id,
    _history.scored_at,
    _history.record,
    _history.key_id,
    _history.sealed,
    _seals.seal_key,
    _seals.erased_at,
)
"""What it takes to read a record (`db.sql.sealed.record_in`)."""
of_its_customer = _history.customer_id == _seals.customer_id
records: Select[Any] = select(*RECORD).outerjoin_from(score_history, customer_keys, of_its_customer)

found: Select[Any] = records.where(_history.prediction_id.in_(bindparam("ids", expanding=True)))
last: Select[Any] = (
    select(_history.prediction_id)
    .where(_history.customer_id == bindparam("id"), _history.scored_at < bindparam("until"))
    .order_by(_history.scored_at.desc(), _history.prediction_id.desc())
    .limit(1)
)
page: Select[Any] = (
    records.where(
        tuple_(_history.scored_at, _history.prediction_id)
        > tuple_(bindparam("after_at", type_=_history.scored_at.type), bindparam("after_id")),
        _history.scored_at < bindparam("until"),
    )
    .order_by(_history.scored_at, _history.prediction_id)
    .limit(bindparam("limit"))
)
events: Select[Any] = (
    select(prediction_events, _seals.seal_key, _seals.erased_at)
    .outerjoin_from(prediction_events, customer_keys, prediction_events.c.customer_id == _seals.customer_id)
    .where(prediction_events.c.prediction_id.in_(bindparam("ids", expanding=True)))
    .order_by(prediction_events.c.at, prediction_events.c.kind, prediction_events.c.key)
)

history: Select[Any] = (
    records.where(
        _history.customer_id == bindparam("id"),
        _history.scored_at >= bindparam("since"),
        _history.scored_at < bindparam("until"),
        tuple_(_history.scored_at, _history.prediction_id)
        < tuple_(bindparam("before_at", type_=_history.scored_at.type), bindparam("before_id")),
    )
    .order_by(_history.scored_at.desc(), _history.prediction_id.desc())
    .limit(bindparam("limit"))
)

claimed: Select[Any] = (
    select(_keys.key, _keys.body_digest, _keys.token, *RECORD)
    .select_from(idempotency_keys)
    .outerjoin(score_history, _keys.prediction_id == _history.prediction_id)
    .outerjoin(customer_keys, of_its_customer)
    .where(_keys.key.in_(bindparam("keys", expanding=True)))
)
release: Delete = delete(idempotency_keys).where(_held)
clean: Delete = delete(idempotency_keys).where(
    _keys.key.in_(
        # PostgreSQL: rows that another process works on are left for the next time
        select(_keys.key)
        .where(_keys.expires_at <= bindparam("now"))
        .limit(CLEANED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
)


class Upserts:
    """The statements that need the dialect's own INSERT ... ON CONFLICT."""

    def __init__(self, insert: Insert) -> None:
        newest = insert(customers)
        stored_at = customers.c.prediction_timestamp
        self.customer = newest.on_conflict_do_update(
            index_elements=["customer_id"],
            set_={column.name: newest.excluded[column.name] for column in customers.c if not column.primary_key},
            where=or_(
                stored_at.is_(None),
                stored_at.not_like(A_TIME),
                _sortable(stored_at) < _sortable(newest.excluded["prediction_timestamp"]),
            ),
        )
        claim = insert(idempotency_keys)
        self.claim = claim.on_conflict_do_update(
            index_elements=["key"],
            set_={column.name: claim.excluded[column.name] for column in idempotency_keys.c if not column.primary_key},
            where=_keys.expires_at <= bindparam("now"),
        )
        # A record that waited in the outbox may come after its claim was cleaned away.
        self.complete = claim.on_conflict_do_update(
            index_elements=["key"],
            set_={"prediction_id": claim.excluded.prediction_id, "expires_at": claim.excluded.expires_at},
            where=and_(_keys.token == claim.excluded.token, _keys.prediction_id.is_(None)),
        )


def chunks(values: Sequence[str], size: int = 500) -> Sequence[Sequence[str]]:
    """Slices that fit into one IN (...)."""
    return [values[start : start + size] for start in range(0, len(values), size)]


def _sortable(stamped: ColumnElement[Any]) -> ColumnElement[Any]:
    """Text order is time order also against a time without a fraction, as other programs write it ("10:30:00Z").

    Against a time with another offset than UTC's it is off by that offset.
    """
    return func.rtrim(stamped, "Z")
