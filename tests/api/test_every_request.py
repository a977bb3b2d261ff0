"""What holds for every request: ids, headers, CORS, shedding, health, metrics, the log line."""

import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from api.metrics import Metrics
from scoring.features import Row
from tests.api.desk import X3, X5, Desk, new

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
PATHS = ("/health", "/health/live", "/metrics", "/nowhere", "/api/v1/search")


@pytest.mark.parametrize("path", PATHS)
def test_a_sane_request_id_and_trace_come_back_on_every_path(desk: Desk, path: str) -> None:
    given = {"X-Request-ID": "bank-7/42:a", "traceparent": TRACE}
    headers = desk.client.get(path, headers=given).headers
    assert (headers["X-Request-ID"], headers["traceparent"]) == ("bank-7/42:a", TRACE)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\tb", "ü", '"', "<script>"])
def test_another_request_id_is_replaced_by_one_of_ours(desk: Desk, given: str) -> None:
    made = desk.client.get("/health", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert made != given
    assert len(made) == 32


@pytest.mark.parametrize(
    "given", ["", "x", TRACE.upper(), TRACE + "-x", "ff" + TRACE[2:], f"00-{'0' * 32}-00f067aa0ba902b7-01", TRACE[:-1]]
)
def test_a_trace_that_is_none_is_left_out(desk: Desk, given: str) -> None:
    assert "traceparent" not in desk.client.get("/health", headers={"traceparent": given}).headers


def test_an_allowed_origin_may_ask_and_read_our_headers(desk: Desk) -> None:
    asked = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, idempotency-key, x-api-key",
    }
    preflight = desk.client.options("/api/v1/predict", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    allowed = preflight.headers["Access-Control-Allow-Headers"].lower()
    assert all(name in allowed for name in ("content-type", "idempotency-key", "x-api-key"))
    for response in (
        desk.predict(new(), Origin="http://localhost:3000"),
        desk.predict({}, Origin="http://localhost:3000"),
    ):
        exposed = response.headers["Access-Control-Expose-Headers"]
        assert all(name in exposed for name in ("X-Request-ID", "Retry-After", "Location", "Idempotency-Replayed"))


@pytest.mark.parametrize(("method", "path"), [("PUT", "holds/C"), ("DELETE", "holds/C"), ("DELETE", "customers/C")])
def test_an_allowed_origin_may_use_every_method(desk: Desk, method: str, path: str) -> None:
    asked = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": method}
    assert method in desk.client.options(f"/api/v1/{path}", headers=asked).headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:3000.evil.example", "null", ""])
def test_another_origin_gets_no_permission(desk: Desk, origin: str) -> None:
    response = desk.client.options(
        "/api/v1/predict", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
    )
    assert "Access-Control-Allow-Origin" not in response.headers


def test_more_requests_than_places_are_shed_at_once_and_health_answers() -> None:
    desk = Desk(at_once=1)
    inside, leave = threading.Event(), threading.Event()

    def slow(_: Row) -> float:
        inside.set()
        assert leave.wait(30)
        return -1.0

    desk.xgboost._score = slow
    statuses: list[int] = []
    first = threading.Thread(
        target=lambda: statuses.append(desk.app.test_client().post("/api/v1/predict", json=new()).status_code)
    )
    first.start()
    try:
        assert inside.wait(30)
        for shed in (desk.predict(new()), desk.batch({"requests": []}), desk.search(customer_id="A")):
            assert (shed.status_code, shed.headers["Retry-After"]) == (503, "1")
            assert shed.json["type"] == "urn:problem-type:credit-api:overloaded"
        assert desk.client.get("/health/live").status_code == 200
    finally:
        leave.set()
        first.join(30)
    assert statuses == [200]
    assert desk.predict(new()).status_code == 200


def test_a_refused_request_gives_its_place_back() -> None:
    desk = Desk(at_once=1)
    for _ in range(3):
        assert desk.predict({}).status_code == 422
    assert desk.predict(new()).status_code == 200


def test_health_names_the_loaded_models(desk: Desk) -> None:
    body = desk.client.get("/health").json
    assert (body["status"], body["model_loaded"]) == ("healthy", True)
    assert body["models_cached"] == ["traditional", "social", "xgboost"]
    assert body["timestamp"].endswith("Z")
    assert (body["table"], body["outbox_waiting"]) == ("reachable", 0)


def test_health_is_degraded_when_a_part_is_out_of_reach_and_unhealthy_when_nothing_can_be_scored(desk: Desk) -> None:
    desk.table.unreadable = True
    response = desk.client.get("/health")
    assert (response.status_code, response.json["status"]) == (200, "degraded")
    assert desk.client.get("/health/ready").status_code == 200
    for name in ("traditional", "social", "xgboost"):
        desk.models.take_away(name, "no copy on disk")
    response = desk.client.get("/health")
    assert (response.status_code, response.json["status"], response.json["model_loaded"]) == (503, "unhealthy", False)
    assert response.json["models"][0]["problem"] == "no copy on disk"
    ready = desk.client.get("/health/ready")
    assert (ready.status_code, ready.content_type) == (503, "application/problem+json")
    assert ready.json["detail"] == "Not ready: these models are not loaded: traditional, social, xgboost."
    assert desk.client.get("/health/live").status_code == 200


def test_an_outbox_that_cannot_be_read_is_told_and_takes_no_machine_out(desk: Desk) -> None:
    desk.outbox.unreadable = True
    response = desk.client.get("/health")
    assert (response.status_code, response.json["status"], response.json["outbox_waiting"]) == (200, "degraded", None)
    assert desk.client.get("/health/ready").status_code == 200


def counts(desk: Desk) -> dict[str, float]:
    lines = desk.client.get("/metrics").text.splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))
    }


def test_metrics_count_by_route_template_model_and_outcome_and_never_by_customer(desk: Desk) -> None:
    desk.table.customers["SECRET-CUSTOMER"] = {}
    desk.predict({"customer_id": "SECRET-CUSTOMER", "features": {"traditional": X5, "social": X3}})
    desk.predict({"customer_id": "SECRET-CUSTOMER", "features": {"traditional": X5}})
    desk.predict(new(), Idempotency_Key="k")
    desk.predict(new(), Idempotency_Key="k")
    desk.table.unwritable = True
    desk.predict(new())
    desk.table.unreadable = True
    desk.predict(new("UNKNOWN"))
    desk.client.get("/SECRET-CUSTOMER")
    desk.client.open("/health", method="SECRET-CUSTOMER")
    desk.batch({"requests": [{}]})
    found = counts(desk)
    assert not any("SECRET" in name for name in found)
    expected = {
        'http_request_duration_seconds_count{method="POST",route="/api/v1/predict",status="200"}': 5,
        'http_request_duration_seconds_count{method="POST",route="/api/v1/predict",status="503"}': 1,
        'http_request_duration_seconds_count{method="GET",route="none",status="404"}': 1,
        'http_request_duration_seconds_count{method="other",route="none",status="405"}': 1,
        'credit_predictions_total{prediction_type="multi_model_aggregate",route="routes.existing",stored="table"}': 2,
        'credit_predictions_total{prediction_type="new_customer_xgboost",route="routes.new",stored="replay"}': 1,
        'credit_predictions_total{prediction_type="existing_customer_fallback_xgboost",'
        'route="routes.existing.fallback",stored="outbox"}': 1,
        'credit_model_scores_total{model="social",outcome="ok"}': 1,
        'credit_model_scores_total{model="traditional",outcome="ok"}': 2,
        'credit_problems_total{problem="table-unavailable"}': 1,
        'credit_problems_total{problem="invalid-request"}': 1,
        "credit_log_lines_dropped_total": 0,
    }
    assert {name: found.get(name) for name in expected} == expected


def test_metrics_that_cannot_be_written_cost_no_request(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("prometheus_client.metrics.MetricWrapperBase.labels", full)
    assert desk.predict(new()).status_code == 200


def test_the_log_line_of_a_request_names_no_customer_and_no_feature(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        prediction = desk.predict({"customer_id": "SECRET", "features": {"xgboost": [0.123456] * 6}}).json
        desk.search(customer_id="SECRET", limit=7)
        desk.client.get("/SECRET?SECRET=1")
        desk.predict({"customer_id": "SECRET", "SECRET": 1})
    lines: list[dict[str, Any]] = [vars(each) for each in caplog.records if each.name == "api.requests"]
    assert [(each.get("route"), each["status"]) for each in lines] == [
        ("/api/v1/predict", 200),
        ("/api/v1/search", 200),
        (None, 404),
        ("/api/v1/predict", 422),
    ]
    assert lines[0]["prediction_id"] == prediction["prediction_id"]
    assert lines[0]["customer_ref"] == lines[1]["customer_ref"]
    assert lines[0]["duration_ms"] > 0
    assert lines[3]["problem"] == "invalid-request"
    told = json.dumps(lines, default=str)
    assert "SECRET" not in told
    assert "0.123456" not in told


def test_probes_are_logged_at_debug_unless_they_fail(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        desk.client.get("/health/live")
        assert not caplog.records
        for name in ("traditional", "social", "xgboost"):
            desk.models.take_away(name)
        desk.client.get("/health/ready")
    assert [each.levelname for each in caplog.records] == ["INFO"]


COUNT_IN_TWO_PROCESSES = """
import os, sys
from api.metrics import Metrics
metrics = Metrics(os.environ["PROMETHEUS_MULTIPROC_DIR"])
if child := os.fork():
    os.waitpid(child, 0)
metrics.problem("overloaded")
metrics.request("GET", "/health", 200, 0.003)
if child:
    sys.stdout.buffer.write(metrics.exposition())
"""


def test_the_counts_of_all_processes_are_added_up(tmp_path: Path) -> None:
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    command = [sys.executable, "-c", COUNT_IN_TWO_PROCESSES]
    told = subprocess.run(command, env=environ, check=True, capture_output=True, text=True, timeout=60).stdout
    assert 'credit_problems_total{problem="overloaded"} 2.0' in told
    assert 'http_request_duration_seconds_count{method="GET",route="/health",status="200"} 2.0' in told


def test_each_application_has_counts_of_its_own() -> None:
    first, second = Metrics(), Metrics()
    first.problem("overloaded")
    assert b'problem="overloaded"' in first.exposition()
    assert b'problem="overloaded"' not in second.exposition()
