"""The customers table on SQL: one class for SQLite (the embedded default) and PostgreSQL."""
