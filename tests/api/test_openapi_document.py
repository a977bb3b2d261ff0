"""The OpenAPI document: valid, complete, checked in, and made of the limits that the code uses."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import get_args

import pytest
from flask import Flask
from openapi_spec_validator import validate

from api.auth import ApiKey, Scope
from api.docs import whole
from api.errors import KINDS
from api.openapi.document import SCOPES, document, part
from api.openapi.lab_drift import LONGEST, STEPS
from api.openapi.lab_explain import WAYS
from bootstrap.settings import Settings
from evaluation.assessment import RESAMPLES
from explanation.lab.constraints import Way
from laboratory.judged import FIELDS as JUDGED
from laboratory.tasks import drift_body, evaluate, explain_body, fairness
from monitoring.drift.windows import STEPS as STEPS_OF_WINDOWS
from tests.fakes.documented import DOCUMENT, operations
from tests.fakes.running import ROOT
from tests.fakes.whole import Whole

OPERATIONS = list(operations())
Make = Callable[[bool], Flask]
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Make the real application, with or without the laboratory; it keeps nothing outside of the test's folder."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    from app import create_app  # makes one, where DATA_DIR says

    return lambda laboratory: create_app(Settings(data_dir=tmp_path, laboratory=laboratory))


def rules(application: Flask) -> list[tuple[str, set[str]]]:
    return [(rule.rule, rule.methods or set()) for rule in application.url_map.iter_rules()]


def test_the_document_is_valid_openapi() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1")


def test_the_document_that_is_checked_in_is_the_one_that_the_code_builds(make: Make) -> None:
    printed = make(False).test_cli_runner().invoke(args=["openapi"])
    assert printed.exit_code == 0
    assert printed.stdout_bytes == whole()
    told = "flask --app app openapi > docs/openapi.json"
    assert (ROOT / "docs/openapi.json").read_bytes() == whole(), told


def test_every_path_and_method_of_the_service_is_documented_and_nothing_else(make: Make) -> None:
    of_the_application = rules(make(True))
    assert sum(len(methods & METHODS) for _, methods in of_the_application) == len(OPERATIONS)
    assert part(of_the_application) == document()


def test_without_the_laboratory_its_paths_and_words_are_not_told(make: Make) -> None:
    served = part(rules(make(False)))
    gone = document()["paths"].keys() - served["paths"].keys()
    assert gone == {path for path in document()["paths"] if is_of_the_laboratory(path)}
    assert "TrainRequest" not in served["components"]["schemas"]
    assert "Model laboratory" not in [tag["name"] for tag in served["tags"]]


def is_of_the_laboratory(path: str) -> bool:
    return path.startswith("/api/") and not path.startswith(("/api/v1/", "/api/ml/"))


def test_names_of_operations_are_unique() -> None:
    assert len({each.name for each in OPERATIONS}) == len(OPERATIONS)


def test_every_kind_of_problem_that_clients_can_meet_is_told_somewhere() -> None:
    told = {name for key in DOCUMENT["components"]["responses"] for name in key.split(".")[1:]}
    assert {kind.name for kind in KINDS.values()} <= told


def test_the_scopes_are_those_of_keys_and_each_operation_asks_for_the_one_that_it_names() -> None:
    assert set(SCOPES) == set(get_args(Scope))
    nobody = ApiKey("nobody", frozenset(), sha256(b"key").hexdigest())
    client = Whole((nobody,)).client
    for each in OPERATIONS:
        path = each.path.replace("{name}", "start.js").replace("{", "").replace("}", "")
        answer = client.open(path, method=each.method, headers={"X-API-Key": "key"})
        if each.scope is None:
            assert answer.status_code != 403, each.path
        else:
            assert f"the scope {each.scope}." in answer.json["detail"], each.path


@pytest.mark.parametrize(
    ("schema", "fields"),
    [
        ("ExplainRequest", explain_body._KNOWN),
        ("DriftRequest", drift_body.FIELDS),
        ("EvaluateRequest", (*JUDGED, *evaluate.OPTIONS)),
        ("FairnessRequest", (*JUDGED, *fairness.OPTIONS)),
    ],
)
def test_bodies_that_the_analyst_reads_have_the_fields_that_it_knows(schema: str, fields: tuple[str, ...]) -> None:
    assert set(DOCUMENT["components"]["schemas"][schema]["properties"]) == set(fields)


def test_words_that_cannot_be_imported_beside_requests_are_those_of_the_libraries() -> None:
    assert get_args(Way) == WAYS
    assert STEPS_OF_WINDOWS == STEPS
    assert drift_body.LONGEST_NAME == LONGEST
    resamples = DOCUMENT["components"]["schemas"]["EvaluateRequest"]["properties"]["resamples"]
    assert resamples["default"] == RESAMPLES


def test_the_document_holds_nothing_of_this_machine() -> None:
    text = json.dumps(DOCUMENT)
    assert str(ROOT) not in text
    assert "127.0.0.1" not in text
