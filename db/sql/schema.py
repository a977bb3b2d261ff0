"""The tables. Columns that a bank adds to `customers` are never named here, and so never touched.

A record lies in `score_history` twice: in `record` what an erasure leaves of it (`scoring.record.ErasedRecord`, without
what the columns beside it say), in `sealed` the whole of it, sealed with the key that `customer_keys` holds. Older code
wrote the whole record into `record`, and nothing into `sealed`.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, Double, Index, Integer, LargeBinary, MetaData, Table, Text

ASCII_ORDER = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by its bytes in both systems: text order of stamps is time order, and ids that look alike differ."""

metadata = MetaData()

customers = Table(
    "customers",
    metadata,
    Column("customer_id", ASCII_ORDER, primary_key=True),
    Column("prediction_timestamp", ASCII_ORDER),
    Column("credit_score", Double),
    Column("models_used", JSON),
    Column("prediction_type", Text),
    Column("raw_predictions", JSON),
)

score_history = Table(
    "score_history",
    metadata,
    Column("prediction_id", ASCII_ORDER, primary_key=True),
    Column("customer_id", ASCII_ORDER, nullable=False),
    Column("scored_at", ASCII_ORDER, nullable=False),
    Column("record", JSON, nullable=False),
    Column("key_id", Text),
    Column("sealed", LargeBinary, comment="NULL once nothing can open it"),
    Index("score_history_of_customer", "customer_id", "scored_at", "prediction_id"),
    Index("score_history_by_time", "scored_at", "prediction_id"),
)

customer_keys = Table(
    "customer_keys",
    metadata,
    Column("customer_id", ASCII_ORDER, primary_key=True),
    Column("seal_key", LargeBinary, comment="NULL before the first record and after an erasure"),
    Column("erased_at", ASCII_ORDER, comment="what was scored or noted up to then is not kept"),
    Column("hold", JSON(none_as_null=True)),
)

erasures = Table(
    "erasures",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True, comment="the order in which they were made"),
    Column("receipt_id", ASCII_ORDER, nullable=False, unique=True),
    Column("customer_id", ASCII_ORDER, nullable=False),
    Column("erased_at", ASCII_ORDER, nullable=False),
    Column("erased_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("erasures_of_customer", "customer_id", "number"),
)

prediction_events = Table(
    "prediction_events",
    metadata,
    Column("prediction_id", ASCII_ORDER, primary_key=True),
    Column("kind", ASCII_ORDER, primary_key=True),
    Column("key", ASCII_ORDER, primary_key=True),
    Column("customer_id", ASCII_ORDER, nullable=False),
    Column("at", ASCII_ORDER, nullable=False),
    Column("key_id", Text),
    Column("sealed", LargeBinary, comment="the body; NULL once nothing can open it"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("key", ASCII_ORDER, primary_key=True),
    Column("body_digest", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("expires_at", Double, nullable=False, comment="Unix seconds"),
    Column("prediction_id", ASCII_ORDER, comment="NULL while the first request runs"),
    Index("idempotency_keys_by_expiry", "expires_at"),
)
