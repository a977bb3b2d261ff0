"""Statements that the driver runs without SQLAlchemy, which takes longer about one of them than SQLite itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Insert, Select

Values = Mapping[str, Any]
Processor = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement in the words of its database, with a place for each value.

    `bound`: the name of the value for each place (or None, and a value that is always the same), and what makes it one
    of the driver's. `columns`: the name of each column of the answer, and what makes its values ours.
    """

    text: str
    bound: Sequence[tuple[str | None, Any, Processor]]
    columns: Sequence[tuple[str, Processor]]

    @classmethod
    def of(cls, statement: Insert | Select[Any], names: Iterable[str], dialect: Dialect) -> Prepared:
        """Compile a statement for values of these names; one with IN (...) is not for here, its text varies."""
        given = frozenset(names)
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(given))

        def bind(name: str) -> tuple[str | None, Any, Processor]:
            process: Processor = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            if name in given:
                return name, None, process
            always = compiled.params[name]
            return None, process(always) if process else always, None

        def column(selected: Any) -> tuple[str, Processor]:
            return selected.key, selected.type.dialect_impl(dialect).result_processor(dialect, None)

        selected = statement.selected_columns if isinstance(statement, Select) else ()
        return cls(str(compiled), tuple(map(bind, compiled.positiontup)), tuple(map(column, selected)))

    def values(self, row: Values) -> list[Any]:
        """The driver's values for those of a row."""
        return [
            always if name is None else process(row[name]) if process else row[name]
            for name, always, process in self.bound
        ]

    def row(self, values: Iterable[Any]) -> dict[str, Any]:
        """A row of the answer by the names of its columns."""
        return {
            name: process(value) if process else value
            for (name, process), value in zip(self.columns, values, strict=True)
        }


class Quick:
    """Runs statements on a connection of the driver. Each is prepared at its first use."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._prepared: dict[tuple[Insert | Select[Any], tuple[str, ...]], Prepared] = {}

    def find(self, connection: Any, statement: Select[Any], values: Values) -> list[dict[str, Any]]:
        """The rows of a SELECT."""
        prepared = self._of(statement, values)
        return list(map(prepared.row, connection.execute(prepared.text, prepared.values(values)).fetchall()))

    def write(self, connection: Any, statement: Insert, rows: Sequence[Values]) -> int:
        """Insert rows that all have the same names; how many were stored or changed."""
        prepared = self._of(statement, rows[0])
        return int(connection.executemany(prepared.text, map(prepared.values, rows)).rowcount)

    def _of(self, statement: Insert | Select[Any], values: Values) -> Prepared:
        key = statement, tuple(values)
        if key not in self._prepared:
            self._prepared[key] = Prepared.of(statement, values, self._dialect)
        return self._prepared[key]
