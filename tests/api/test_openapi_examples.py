"""What the document shows, sent to the application: every example is answered as the document says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fakes.documented import Operation, mismatches, operation, operations, resolved
from tests.fakes.whole import Whole


def has_key(each: Operation) -> bool:
    return any(one["name"] == "Idempotency-Key" for one in each.said.get("parameters", ()))


EXAMPLES = [(each, name) for each in operations() for name in each.examples]
BARE = [each for each in operations() if not each.examples]


@pytest.fixture
def service() -> Whole:
    """Every path over fakes; the customer of the examples is known, and has been scored."""
    service = Whole()
    for _ in range(2):
        body = {"customer_id": "CUS123456", "features": {"xgboost": [0.5] * 6}}
        assert service.client.post("/api/v1/predict", json=body).status_code == 200
    return service


def path_of(each: Operation, service: Whole) -> str:
    """The path with things that are there."""
    found = service.client.get("/api/v1/search?customer_id=CUS123456").json["history"][0]
    known = {
        "{prediction_id}": found["prediction_id"],
        "{customer_id}": "CUS123456",
        "{reference}": "xgboost",
        "{job_id}": job_of(service) if "{job_id}" in each.path else "",
        "{name}": "swagger-ui.css",
    }
    path = each.path
    for name, value in known.items():
        path = path.replace(name, value)
    return path


def today(body: Any) -> Any:
    """The same, of an outcome that was seen today: those who are scored in a test are scored today."""
    if "outcomes" in body:
        return {"outcomes": [today(each) for each in body["outcomes"]]}
    return {**body, "observed_on": datetime.now(UTC).date().isoformat()} if "observed_on" in body else body


def job_of(service: Whole) -> str:
    rows = [{"x": i, "default": i % 2} for i in range(60)]
    body = {"data": rows, "target": "default", "model_type": "xgboost", "experiment_name": "wait"}
    return str(service.client.post("/api/train", json=body).json["job_id"])


@pytest.mark.parametrize(("each", "name"), EXAMPLES, ids=lambda value: getattr(value, "name", value))
def test_an_example_is_as_its_schema_says_and_is_answered_as_documented(
    each: Operation, name: str, service: Whole
) -> None:
    body = today(each.examples[name])
    assert mismatches(each.said["requestBody"]["content"]["application/json"]["schema"], body) == []
    answer = service.client.open(path_of(each, service), method=each.method, json=body)
    assert answer.status_code < 300, answer.json
    assert each.faults(answer) == []


def test_answers_that_are_shown_are_as_their_schemas_say() -> None:
    shown = [
        (each.name, name, mismatches(content["schema"], example["value"]))
        for each in operations()
        for told in each.said["responses"].values()
        for content in resolved(told).get("content", {}).values()
        for name, example in content.get("examples", {}).items()
    ]
    assert len(shown) > 100
    assert [each for each in shown if each[2]] == []


@pytest.mark.parametrize("name", sorted({each.name for each, _ in EXAMPLES if has_key(each)}))
def test_an_answer_that_is_given_again_says_so_as_documented(name: str, service: Whole) -> None:
    each = operation(name)
    body = next(iter(each.examples.values()))
    key = {"Idempotency-Key": "again"}
    first, second = (service.client.open(each.path, method=each.method, json=body, headers=key) for _ in range(2))
    assert first.status_code == second.status_code < 300
    assert each.faults(first) == each.faults(second) == []
    assert second.headers.get("Idempotency-Replayed") == (None if name.endswith("Batch") else "true")
    other = service.client.open(each.path, method=each.method, json={**body, "x": 1}, headers=key)
    assert each.faults(other) == []


@pytest.mark.parametrize("each", BARE, ids=lambda each: each.name)
def test_what_takes_no_body_is_answered_as_documented(each: Operation, service: Whole) -> None:
    parameters = [resolved(parameter) for parameter in each.said.get("parameters", ())]
    query = {one["name"]: one["example"] for one in parameters if one["in"] == "query" and "example" in one}
    answer = service.client.open(path_of(each, service), method=each.method, query_string=query)
    assert answer.status_code == 200, answer.get_data()[:300]
    assert each.faults(answer) == []


@pytest.mark.parametrize("each", list(operations()), ids=lambda each: each.name)
def test_a_wrong_body_or_a_thing_that_is_not_there_is_a_documented_problem(each: Operation, service: Whole) -> None:
    for body in ({"nothing": "known"}, [1]):
        path = each.path.replace("{customer_id}", "NOBODY").replace("{name}", "x").replace("{", "").replace("}", "")
        sent: dict[str, Any] = {"json": body} if each.examples else {}
        answer = service.client.open(path, method=each.method, **sent)
        assert answer.status_code < 500 or each.path == "/health"
        assert each.faults(answer) == [], answer.json


@pytest.mark.parametrize("each", list(operations()), ids=lambda each: each.name)
@pytest.mark.parametrize("broken", ["models", "table"])
def test_what_is_out_of_reach_is_a_documented_problem(broken: str, each: Operation, service: Whole) -> None:
    path = path_of(each, service)
    if broken == "models":
        for status in service.models.status():
            service.models.take_away(status.name)
    else:
        service.table.unreadable = service.table.unwritable = True
    for body in each.examples.values() or [None]:
        sent: dict[str, Any] = {} if body is None else {"json": body}
        answer = service.client.open(path, method=each.method, **sent)
        assert each.faults(answer) == [], answer.get_data()[:300]


def test_a_judge_that_found_no_fault_anywhere_would_be_worthless(service: Whole) -> None:
    predict = next(each for each in operations() if each.name == "predict")
    search = service.client.get("/api/v1/search?customer_id=CUS123456")
    assert any("required" in fault for fault in predict.faults(search))
    assert predict.faults(service.client.get("/nowhere"))[0].startswith("the status 404 is not documented")
