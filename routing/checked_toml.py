"""TOML read strictly: every value is checked as it is taken, and a mistake is told with the line it stands on."""

from __future__ import annotations

import re
import sys
import tomllib
from typing import Any, NoReturn, TypeGuard


class TomlError(Exception):
    """A file is wrong; the message names the file, the line and what was expected."""


class CheckedToml:
    """The text of one file. Its methods take values out of tables; `section` is the dotted path of a table.

    All of them raise TomlError.
    """

    def __init__(self, text: str, name: str) -> None:
        self._lines, self._name = text.splitlines(), name
        try:
            self.plain: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise TomlError(f"{name}: {error}") from error

    def table(self, plain: dict[str, Any], section: str, key: str, required: bool = True) -> dict[str, Any]:
        """A table inside another one; an empty one where it is neither there nor required."""
        if key not in plain:
            if required:
                self.fail(section, key, f"[{_path(section, key)}] is missing")
            return {}
        if not isinstance(plain[key], dict):
            self.fail(section, key, "must be a table")
        return dict(plain[key])

    def items(self, table: dict[str, Any], section: str, key: str) -> list[Any]:
        """A list, of anything."""
        value = table.get(key)
        if not isinstance(value, list):
            self.fail(section, key, "must be a list" if key in table else f"{key} is missing")
        return value

    def text(self, table: dict[str, Any], section: str, key: str) -> str:
        """Text that is not empty."""
        value = table.get(key)
        if not isinstance(value, str) or not value:
            self.fail(section, key, "must be text" if key in table else f"{key} is missing")
        return value

    def number(self, table: dict[str, Any], section: str, key: str) -> float:
        """A finite number; `key` must be there."""
        value = table.get(key)
        if not is_number(value):
            self.fail(section, key, "must be a number" if key in table else f"{key} is missing")
        return float(value)

    def only(self, table: dict[str, Any], section: str, allowed: set[str]) -> None:
        """Refuse keys that are not among the allowed ones."""
        for key in table:
            if key not in allowed:
                self.fail(section, key, f"is not known here; known: {', '.join(sorted(allowed))}")

    def fail(self, section: str, key: str, message: str) -> NoReturn:
        """Tell of a mistake at this key."""
        raise self._error(section, key, message)

    def _error(self, section: str, key: str, message: str) -> TomlError:
        return TomlError(f"{self._name}, line {self._line(section, key)}: {_path(section, key)}: {message}")

    def _line(self, section: str, key: str) -> int:
        """The line of a key, else of its section's header, else of the nearest parent's, else 1."""
        found: dict[str, int] = {}
        wanted, current = _path(section, key), ""
        for number, line in enumerate(self._lines, 1):
            if header := re.match(r"\s*\[([^\[\]]+)\]", line):
                current = _bare(header[1])
                found.setdefault(current, number)
            elif pair := re.match(r"""\s*("[^"]*"|'[^']*'|[\w.-]+)\s*=""", line):
                found.setdefault(_path(current, _bare(pair[1])), number)
        while wanted and wanted not in found:
            wanted = wanted.rpartition(".")[0]
        return found.get(wanted, 1)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is a finite number that a float can hold."""
    return not isinstance(value, bool) and isinstance(value, int | float) and abs(value) <= sys.float_info.max


def _bare(key: str) -> str:
    return re.sub(r"""["']|\s*(\.)\s*""", r"\1", key.strip())


def _path(section: str, key: str) -> str:
    return f"{section}.{key}" if section else key
