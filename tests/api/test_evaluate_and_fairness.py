"""POST /api/evaluate and /api/fairness/analyze over HTTP, with the tasks that the analyst runs."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from flask import Flask

from api import evaluate, fairness
from api.auth import ApiKey, Guard
from api.install import install
from api.limits import AtMost
from api.metrics import Metrics
from laboratory.tasks.evaluate import task as evaluate_task
from laboratory.tasks.fairness import task as fairness_task
from tests.fakes.analysing import TaskAnalyst

PATHS = ("/api/evaluate", "/api/fairness/analyze")


def client(keys: tuple[ApiKey, ...] = ()) -> Any:
    app = Flask("test")
    install(app, Metrics(), b"x" * 32, [])
    analyst, guard = TaskAnalyst(evaluate=evaluate_task, fairness=fairness_task), Guard(keys, None)
    for page in (evaluate, fairness):
        app.register_blueprint(page.blueprint(analyst, guard, AtMost(4), 65_536))
    return app.test_client()


def test_an_evaluation_is_answered_with_its_figures() -> None:
    body = {"labels": [0, 1, 0, 1] * 25, "probabilities": [0.1, 0.9, 0.4, 0.35] * 25}
    answer = client().post("/api/evaluate", json=body)
    assert answer.status_code == 200
    assert answer.json["auc_roc"] == 0.75
    low, high = answer.json["intervals"]["auc_roc"]
    assert low < 0.75 < high


def test_the_contracts_fairness_request_is_answered() -> None:
    body = {
        "data": [{"gender": "F" if i % 2 else "M", "age_group": "young" if i % 3 else "old"} for i in range(300)],
        "predictions": [int(i % 5 == 0 or i % 2) for i in range(300)],
        "labels": [int(i % 4 == 0) for i in range(300)],
        "sensitive_features": ["gender", "age_group"],
    }
    answer = client().post("/api/fairness/analyze", json=body)
    assert answer.status_code == 200
    found = answer.json["attributes"]["gender"]
    assert found["disparate_impact"]["passes_80_percent"] is False
    assert [each["n"] for each in found["groups"]] == [150, 150]
    assert len(answer.json["intersection"]["groups"]) == 4


@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_body_is_a_problem_that_names_its_fields(path: str) -> None:
    answer = client().post(path, json={"labels": [0, 3], "probabilities": [0.1, 0.2], "sensitive_features": ["x"]})
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.json["errors"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("raw", "status"),
    [(b"", 400), (b'{"labels": [NaN]}', 400), (b"[1]", 422), (b'{"a":"' + b"x" * 70_000 + b'"}', 413)],
)
def test_what_cannot_be_read_reaches_no_analyst(path: str, raw: bytes, status: int) -> None:
    assert client().post(path, data=raw, content_type="application/json").status_code == status


@pytest.mark.parametrize("path", PATHS)
def test_a_key_needs_the_scope_of_the_laboratory(path: str) -> None:
    keys = [ApiKey.parse(f"{scope}:{scope}:{sha256(scope.encode()).hexdigest()}") for scope in ("score", "lab")]
    asked = client(tuple(keys))
    statuses = [asked.post(path, json={}, headers={"X-API-Key": key}).status_code for key in ("", "score", "lab")]
    assert statuses == [401, 403, 422]


def test_bands_without_the_columns_that_they_part_are_refused_and_not_ignored() -> None:
    body = {"labels": [0, 1] * 10, "probabilities": [0.1, 0.9] * 10, "bands": {"age": [30]}}
    answer = client().post("/api/evaluate", json=body)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json["errors"]] == ["bands"]
