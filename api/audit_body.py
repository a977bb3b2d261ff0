"""From the bodies of outcomes, overrides, holds and erasures to what the audit service is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, cast, get_args

from api import fields
from routing.audit import Override
from routing.outcomes import Outcome
from scoring.decision import Decision
from scoring.errors import FieldError, InvalidRequest
from scoring.identity import PREDICTION_ID

MOST_OUTCOMES = 1_000
LONGEST_REASON, LONGEST_USER = 1_000, 128
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
OUTCOME = ("prediction_id", "customer_id", "defaulted", "observed_on")


def why_and_who(body: Mapping[str, Any]) -> tuple[str, str]:
    """(reason, user) of an erasure or a hold. Raises InvalidRequest."""
    errors = fields.unknown(body, ("reason", "user"))
    reason, user = _why_and_who(body, errors)
    fields.refuse(errors)
    return reason, user


def override(body: Mapping[str, Any]) -> Override:
    """A decision in place of the computed one. Raises InvalidRequest."""
    errors = fields.unknown(body, ("decision", "reason", "user"))
    decision = body.get("decision")
    if decision not in get_args(Decision):
        wanted = f"must be one of {', '.join(get_args(Decision))}"
        errors.append(FieldError("decision", wanted if "decision" in body else "is missing"))
    reason, user = _why_and_who(body, errors)
    fields.refuse(errors)
    return Override(cast("Decision", decision), reason, user)


def outcomes(body: Mapping[str, Any]) -> list[Outcome | InvalidRequest] | None:
    """The items of a body that holds several outcomes, each read by itself; None for a body of one.

    Raises InvalidRequest when the list is not usable.
    """
    if "outcomes" not in body:
        return None
    errors = fields.unknown(body, ("outcomes",))
    items = body["outcomes"]
    if not isinstance(items, list) or len(items) > MOST_OUTCOMES:
        errors.append(FieldError("outcomes", f"must be a list of at most {MOST_OUTCOMES:,} outcomes"))
    fields.refuse(errors)
    return [_item(item) for item in items]


def outcome(body: Mapping[str, Any]) -> Outcome:
    """One outcome. Raises InvalidRequest."""
    errors = fields.unknown(body, OUTCOME)
    by_prediction, by_customer = "prediction_id" in body, "customer_id" in body
    prediction_id = customer_id = None
    if by_prediction == by_customer:
        problem = "must not come together with customer_id" if by_customer else "is missing, and so is customer_id"
        errors.append(FieldError("prediction_id", problem))
    elif by_customer:
        customer_id = fields.customer(body, errors)
    else:
        prediction_id = body["prediction_id"]
        if not isinstance(prediction_id, str) or not PREDICTION_ID.fullmatch(prediction_id):
            errors.append(FieldError("prediction_id", "must be a prediction id as this service gives them"))
    defaulted = body.get("defaulted")
    if not isinstance(defaulted, bool):
        errors.append(FieldError("defaulted", "must be true or false" if "defaulted" in body else "is missing"))
    observed_on = _day(body, "observed_on", errors)
    fields.refuse(errors)
    return Outcome(bool(defaulted), observed_on, prediction_id, customer_id)


def _item(item: object) -> Outcome | InvalidRequest:
    if not isinstance(item, dict):
        return InvalidRequest("The item must be a JSON object.")
    try:
        return outcome(item)
    except InvalidRequest as error:
        return error


def _why_and_who(body: Mapping[str, Any], errors: list[FieldError]) -> tuple[str, str]:
    return fields.text(body, "reason", LONGEST_REASON, errors), fields.text(body, "user", LONGEST_USER, errors)


def _day(body: Mapping[str, Any], name: str, errors: list[FieldError]) -> date:
    """A calendar day; what is wrong with it goes to `errors`."""
    given = body.get(name)
    try:
        if isinstance(given, str) and DAY.fullmatch(given):
            return date.fromisoformat(given)
    except ValueError:
        pass
    errors.append(FieldError(name, "must be a day, YYYY-MM-DD" if name in body else "is missing"))
    return date.min
