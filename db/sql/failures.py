"""What a driver, the system or the data can do wrong, as the one error of the port."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from scoring.errors import TableUnavailable

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


@contextmanager
def as_unavailable(done: Literal["created", "read", "written"]) -> Iterator[None]:
    """Turn every failure into TableUnavailable: nothing is known of what the table holds. The cause goes to the log."""
    try:
        yield
    except Exception as error:
        logger.warning("customers table: not %s", done, extra=cause(error))
        # `from None`: a driver's message may quote the values, and a traceback would show it
        raise TableUnavailable(f"The customers table cannot be {done}.") from None


def cause(error: Exception) -> dict[str, str | None]:
    """Fields for the log that tell what happened without any value that was written."""
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
    told = isinstance(error, OperationalError | ProgrammingError | sqlite3.OperationalError | OSError)
    return {
        "cause": type(original).__name__,
        "code": code,
        "reason": str(original).partition("\n")[0] if told else None,
    }


def again_if_cut(do: Callable[[], Result]) -> Result:
    """Do it, and once more if the connection turned out to be cut: the server was restarted since the last use.

    The pool drops all connections older than such a failure. What is done twice must be harmless.
    """
    try:
        return do()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    return do()
