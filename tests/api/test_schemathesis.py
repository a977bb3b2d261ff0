"""Requests made from the OpenAPI document, right and wrong ones: no answer is anything but what it documents."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, get_args

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from api.auth import ApiKey, Scope
from tests.fakes.documented import Operation, operations
from tests.fakes.whole import Whole

KEY = "a key for all"
ALL = ApiKey("all", frozenset(get_args(Scope)), sha256(KEY.encode()).hexdigest())
READ_IN_PART = {"apply", "mobilePredict", "mobileExplain"}
"""A table's columns that the model does not use are not read."""
EXAMPLES = {GenerationMode.POSITIVE: 6, GenerationMode.NEGATIVE: 8}
ASKED = [
    (each, mode)
    for each in operations()
    for mode in EXAMPLES
    if mode.is_positive or {"parameters", "requestBody"} & each.said.keys()
]


@pytest.fixture(scope="module")
def documented() -> Any:
    """The document as the application serves it, with the application behind it."""
    return schemathesis.openapi.from_wsgi("/openapi.json", Whole((ALL,)).app)


@pytest.mark.parametrize(("each", "mode"), ASKED, ids=lambda value: getattr(value, "name", value))
def test_answers_are_as_documented(each: Operation, mode: GenerationMode, documented: Any) -> None:
    unchecked = [positive_data_acceptance, *([negative_data_rejection] if each.name in READ_IN_PART else [])]
    asked = documented[each.path][each.method].as_strategy(generation_mode=mode)

    @settings(
        max_examples=EXAMPLES[mode],
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=asked)
    def ask(case: Any) -> None:
        case.call_and_validate(headers={"X-API-Key": KEY}, excluded_checks=unchecked)

    ask()
