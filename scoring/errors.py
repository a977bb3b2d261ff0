"""What can go wrong while scoring. api/errors.py is the one table from these to HTTP statuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: its path in the request body ("features.xgboost[3]") and what is wrong with it."""

    field: str
    message: str


class ServiceError(Exception):
    """The base of all errors a client may be told about; `detail` is a sentence fit for a client."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidRequest(ServiceError):
    """The request can be read but is not valid: the client must change it. `errors` are the wrong fields, if known."""

    def __init__(self, detail: str = "The request is not valid.", errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.errors = tuple(errors)


class KeyReused(InvalidRequest):
    """The Idempotency-Key came before with another body."""


class KeyInProgress(ServiceError):
    """The first request with this Idempotency-Key is still running."""


class AnswerErased(ServiceError):
    """The answer under this Idempotency-Key was erased with its customer's data, and is not given again."""


class Unavailable(ServiceError):
    """A needed part is out of reach; the same request may succeed later."""


class TableUnavailable(Unavailable):
    """The customers table could not be read or written (nothing is known about what it holds)."""


class ModelUnavailable(Unavailable):
    """A model cannot be loaded, or its files are out of reach."""

    def __init__(self, model: str, reason: str) -> None:
        super().__init__(f"model {model}: {reason}")
        self.model, self.reason = model, reason


class OutboxUnavailable(Unavailable):
    """The local outbox cannot hold a record either (disk full, read-only)."""


class Overloaded(Unavailable):
    """More requests at once than this process answers in time."""
