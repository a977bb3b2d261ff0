"""Errors that travel from an analyst to the request worker, and arrive as what they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from laboratory.ports import LaboratoryUnavailable, UnknownLabModel
from routing.catalog import UnknownModel
from scoring.errors import FieldError, InvalidRequest, ModelUnavailable, ServiceError, TableUnavailable, Unavailable

CARRIED: Final = {
    each.__name__: each
    for each in (
        InvalidRequest,
        LaboratoryUnavailable,
        ModelUnavailable,
        TableUnavailable,
        Unavailable,
        UnknownLabModel,
        UnknownModel,
    )
}


def told(error: ServiceError) -> dict[str, Any] | None:
    """The error as plain JSON, as the nearest class that travels; None where there is none: that is a defect."""
    name = next((each.__name__ for each in type(error).__mro__ if each.__name__ in CARRIED), None)
    if name is None:
        return None
    body: dict[str, Any] = {"class": name, "detail": error.detail}
    if isinstance(error, InvalidRequest):
        body["errors"] = [[each.field, each.message] for each in error.errors]
    if isinstance(error, ModelUnavailable):
        body["model"], body["reason"] = error.model, error.reason
    return body


def heard(body: Mapping[str, Any]) -> ServiceError:
    """The inverse of `told`."""
    kind = CARRIED[body["class"]]
    if kind is InvalidRequest:
        return InvalidRequest(body["detail"], [FieldError(*each) for each in body["errors"]])
    if kind is ModelUnavailable:
        return ModelUnavailable(body["model"], body["reason"])
    return kind(body["detail"])  # type: ignore[call-arg]  # all others take their detail
