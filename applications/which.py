"""Which kind of application a body is: two clients share one path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from applications import home_credit, loan
from scoring.errors import FieldError, InvalidRequest

Kind = Literal["loan", "home_credit"]
LOAN_FIELDS: Final = frozenset(field.name for field in loan.FIELDS)


def kind_of(body: Mapping[str, object]) -> Kind:
    """The kind of which a body has more fields. InvalidRequest says what is missing of each where it has none."""
    of_loan = sum(name in LOAN_FIELDS for name in body)
    of_home_credit = sum(name in home_credit.KNOWN for name in body)
    if not of_loan and not of_home_credit:
        wanted = ", ".join(field.name for field in loan.FIELDS)
        some = ", ".join(home_credit.COLUMNS[:8])
        raise InvalidRequest(
            "The body is no application that this service knows.",
            errors=[
                FieldError("loan application", f"is missing {wanted}"),
                FieldError("Home Credit application", f"is missing any column of the table ({some}, ...)"),
            ],
        )
    return "loan" if of_loan >= of_home_credit else "home_credit"
