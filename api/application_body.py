"""From the body of an application to what the scoring service is asked, and back to the client's own field names."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from api.idempotency import key_use
from applications import home_credit, loan
from applications.which import LOAN_FIELDS, kind_of
from routing.requests import ScoringRequest
from scoring.errors import FieldError, InvalidRequest, ServiceError
from scoring.identity import customer_id_of

Client = Literal["loan", "credit_desk", "mobile"]
"""The names of [applications] in routes.toml."""
OWN_FIELDS: Final = frozenset(("customer_id", "explain"))
"""What an application may say beside its fields."""
MOST_TOLD: Final = 100


@dataclass(frozen=True, slots=True)
class Applied:
    """An application as it came. `model`: the name that its input goes by; `ignored`: fields that nothing reads."""

    client: Client
    request: ScoringRequest
    model: str
    ignored: tuple[str, ...]
    made_id: bool


def of_desks(body: Mapping[str, Any], models: Mapping[str, str], client: str, key: str | None) -> Applied:
    """An application at the shared path: the fields say whose it is. Raises InvalidRequest."""
    kind: Client = "loan" if kind_of(body) == "loan" else "credit_desk"
    return applied(kind, body, models, client, key)


def applied(kind: Client, body: Mapping[str, Any], models: Mapping[str, str], caller: str, key: str | None) -> Applied:
    """An application of a known kind; `models`: kind -> the model that scores it. Raises InvalidRequest.

    Its customer is who it names, else one made up for it, so that its record can be found and erased like any other.
    """
    explain = body.get("explain", False)
    if not isinstance(explain, bool):
        raise InvalidRequest(errors=[FieldError("explain", "must be true or false")])
    if kind == "loan":
        features = loan.features({name: body[name] for name in body if name in LOAN_FIELDS})
        ignored = [name for name in body if name not in LOAN_FIELDS]
    else:
        features = home_credit.features(body)
        ignored = home_credit.ignored(body)
        if not features:
            wanted = f"is missing: at least one column of the table ({', '.join(home_credit.COLUMNS[:8])}, ...)"
            raise InvalidRequest(errors=[FieldError("application", wanted)])
    named = _customer(kind, body)
    request = ScoringRequest(
        customer_id=named or f"application-{uuid.uuid4().hex}",
        features={models[kind]: features},
        explain=explain,
        key=None if key is None else key_use(caller, kind, key, body),
        application=kind,
    )
    told = tuple(name for name in ignored if name not in OWN_FIELDS)[:MOST_TOLD]
    return Applied(kind, request, models[kind], told, named is None)


def in_its_own_words(error: ServiceError, applied: Applied) -> ServiceError:
    """The same error with the names of the client's fields: "age" and not "features.loan.age"."""
    if not isinstance(error, InvalidRequest):
        return error
    before = f"features.{applied.model}."
    own = [FieldError(each.field.removeprefix(before), each.message) for each in error.errors]
    return InvalidRequest("The application is not valid.", own)


def _customer(kind: Client, body: Mapping[str, Any]) -> str | None:
    """Who applies; a Home Credit applicant has a number."""
    if body.get("customer_id") is not None:
        return customer_id_of(body["customer_id"])
    number = body.get(home_credit.ID) if kind != "loan" else None
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, int) and not isinstance(number, bool):
        number = str(number)
    return None if number is None else customer_id_of(number, home_credit.ID)
