"""POST /api/explain over HTTP: the analyst's answer, or its problem."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from api import explain
from api.auth import ApiKey, Guard
from api.install import install
from api.limits import AtMost
from api.metrics import Metrics
from laboratory.tasks.explain import task
from tests.fakes.lab import FakeLabModels
from tests.unit.laboratory.tasks.test_explain import GIVEN, a_model


class InProcess:
    """An analyst without a process of its own."""

    def __init__(self) -> None:
        self.bench = SimpleNamespace(models=FakeLabModels(a_model()))

    def run(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        assert name == "explain"
        return task(body, self.bench)


def client(keys: tuple[ApiKey, ...] = ()) -> Any:
    app = Flask("test")
    install(app, Metrics(), b"x" * 32, [])
    app.register_blueprint(explain.blueprint(InProcess(), Guard(keys, None), AtMost(4), 4_096))
    return app.test_client()


@pytest.mark.parametrize("method", ["shap", "lime"])
def test_an_explanation_is_answered(method: str) -> None:
    answer = client().post("/api/explain", json={"features": GIVEN, "model_type": "xgboost", "method": method})
    assert answer.status_code == 200
    assert answer.json["method"] == method
    assert len(answer.json["contributions"]) == 4


def test_what_is_wrong_is_a_problem_with_its_fields() -> None:
    answer = client().post("/api/explain", json={"features": GIVEN, "model_type": "xgboost", "method": "magic"})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json["errors"]] == ["method"]


def test_a_body_that_is_too_long_or_no_object_never_reaches_the_analyst() -> None:
    assert client().post("/api/explain", json={"features": {"x" * 5_000: 1}}).status_code == 413
    assert client().post("/api/explain", json=[1]).status_code == 422
