"""What the running service writes to its log."""

from __future__ import annotations

import json

from tests.fakes.running import Running

CUSTOMER, FEATURE = "CUS-IN-CLEAR", 0.123456789


def test_every_line_is_json_and_none_shows_a_customer_a_feature_or_a_statement(service: Running) -> None:
    request_ids = []
    for path, body in (
        ("/api/v1/predict", {"customer_id": CUSTOMER, "features": {"xgboost": [FEATURE] * 6}}),
        ("/api/v1/predict", {"customer_id": CUSTOMER, "features": {"traditional": [FEATURE] * 4}}),
        ("/api/v1/search", {"customer_id": CUSTOMER}),
        ("/api/v1/predict", f'{{"customer_id": "{CUSTOMER}", "features": {{"xgboost": [{FEATURE}'.encode()),
    ):
        request_ids.append(service.call("POST", path, body).headers["X-Request-ID"])
    service.call("GET", f"/api/v1/search?customer_id={CUSTOMER}&limit=0")

    lines = [json.loads(line) for line in service.log().splitlines()]
    logged = [line for line in lines if line.get("request_id") in request_ids]
    assert [line["status"] for line in logged if line["message"] == "request"] == [200, 422, 200, 400]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    text = service.log()
    assert CUSTOMER not in text
    assert str(FEATURE) not in text
    assert "SELECT" not in text
    assert "INSERT" not in text
