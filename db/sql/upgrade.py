"""What newer code adds to a table that older code made: columns that may be empty, and indexes; nothing else."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text
from sqlalchemy.schema import CreateColumn, CreateIndex

from db.sql.schema import score_history


def upgrade(connection: Connection) -> None:
    """Bring the score history, which is there, to the columns and indexes of `db.sql.schema`."""
    there = {column["name"] for column in inspect(connection).get_columns(score_history.name)}
    for column in score_history.columns:
        if column.name not in there:
            added = CreateColumn(column).compile(dialect=connection.dialect)
            connection.execute(text(f"ALTER TABLE {score_history.name} ADD COLUMN {added}"))
    for index in score_history.indexes:
        connection.execute(CreateIndex(index, if_not_exists=True))
