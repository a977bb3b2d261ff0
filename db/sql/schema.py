"""The tables. Columns that a bank adds to `customers` are never named here, and so never touched."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Double, Index, MetaData, Table, Text

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
    Index("score_history_of_customer", "customer_id", "scored_at", "prediction_id"),
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
