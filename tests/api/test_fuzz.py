"""Any JSON at all as a body: an answer or a problem, never a 5xx."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.api.desk import X3, X5, X6, Desk, new

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)
INPUTS = (
    st.sampled_from([X3, X5, X6, dict(zip("hijklm", X6, strict=True))])
    | st.lists(SCALARS, max_size=7)
    | st.dictionaries(st.sampled_from("abchijklm") | st.text(), SCALARS)
    | VALUES
)
FEATURES = (
    st.dictionaries(st.sampled_from(["traditional", "social", "xgboost"]) | st.text(), INPUTS, max_size=4) | VALUES
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "customer_id": st.sampled_from(["OLD", "NEW"]) | st.text() | VALUES,
        "features": FEATURES,
        "explain": st.booleans() | VALUES,
        "limit": VALUES,
        "since": st.datetimes().map(str) | VALUES,
        "cursor": VALUES,
    },
) | st.dictionaries(st.text(), VALUES)

DESK = Desk()
DESK.table.customers["OLD"] = {}
ANSWERS = {200, 400, 413, 422}
SCORED = DESK.predict({"customer_id": "OLD", "features": {"traditional": X5, "social": X3}}).json["prediction_id"]
FOUND = ANSWERS | {404, 409, 410}

DAYS = st.dates().map(str) | st.just("2026-11-22") | VALUES
OUTCOMES = st.fixed_dictionaries(
    {},
    optional={
        "prediction_id": st.just(SCORED) | VALUES,
        "customer_id": st.sampled_from(["OLD", "NEW"]) | VALUES,
        "defaulted": st.booleans() | VALUES,
        "observed_on": DAYS,
    },
)
WHY = st.fixed_dictionaries(
    {},
    optional={
        "decision": st.sampled_from(["approve", "refer", "decline"]) | VALUES,
        "reason": st.text(min_size=1) | VALUES,
        "user": st.text(min_size=1) | VALUES,
    },
)


def post(path: str, body: Any) -> tuple[int, Any]:
    response = DESK.client.post(path, data=json.dumps(body), content_type="application/json")
    return response.status_code, json.loads(response.data)


@given(BODIES)
@settings(max_examples=200)
def test_any_object_as_a_prediction_is_answered_or_refused(body: Any) -> None:
    status, answer = post("/api/v1/predict", body)
    assert status in ANSWERS
    assert ("prediction_id" in answer) == (status == 200)


@given(st.lists(BODIES, max_size=5) | VALUES)
@settings(max_examples=100)
def test_any_items_of_a_batch_are_answered_or_refused_one_by_one(items: Any) -> None:
    status, answer = post("/api/v1/predict/batch", {"requests": items})
    assert status in ANSWERS
    if status == 200:
        assert len(answer["results"]) == len(items)
        assert all("prediction_id" in each or 400 <= each["status"] < 500 for each in answer["results"])


@given(BODIES)
@settings(max_examples=100)
def test_any_object_as_a_search_is_answered_or_refused(body: Any) -> None:
    assert post("/api/v1/search", body)[0] in ANSWERS


@given(st.binary() | st.builds(lambda body, cut: json.dumps(body).encode()[:cut], BODIES, st.integers(0, 200)))
@settings(max_examples=100)
def test_any_bytes_are_answered_or_refused(raw: bytes) -> None:
    assert DESK.send(raw).status_code in ANSWERS


@given(st.text(), st.text())
@settings(max_examples=100)
def test_any_query_string_is_answered_or_refused(name: str, value: str) -> None:
    assert DESK.client.get("/api/v1/search", query_string={name: value, "customer_id": value}).status_code in ANSWERS


@given(OUTCOMES | BODIES | st.builds(lambda items: {"outcomes": items}, st.lists(OUTCOMES, max_size=4) | VALUES))
@settings(max_examples=150)
def test_any_object_as_outcomes_is_answered_or_refused(body: Any) -> None:
    status, answer = post("/api/v1/outcomes", body)
    assert status in FOUND
    if status == 200 and "results" in answer:
        assert all("recorded" in each or 400 <= each["status"] < 500 for each in answer["results"])


@given(WHY | BODIES)
@example({"decision": "decline", "reason": "r", "user": "u"})
@example({"decision": "approve", "reason": "r", "user": "u"})
@settings(max_examples=100)
def test_any_object_as_an_override_is_answered_or_refused(body: Any) -> None:
    status, _ = post(f"/api/v1/predictions/{SCORED}/override", body)
    assert status in FOUND
    if status == 200:
        assert DESK.prediction(SCORED).status_code == 200
        assert DESK.prediction(SCORED, "/explanation").status_code == 200


@given(st.sampled_from(["DELETE customers", "PUT holds"]), WHY.map(lambda body: {**body, "decision": 0}) | WHY | BODIES)
@settings(max_examples=150)
def test_any_object_as_an_erasure_or_a_hold_is_answered_or_refused(what: str, body: Any) -> None:
    method, kind = what.split()
    DESK.predict(new("PERSON"))
    assert DESK.of_customer(method, "PERSON", body, kind).status_code in FOUND
    assert DESK.of_customer("DELETE", "PERSON", kind="holds").status_code == 200


@given(st.sampled_from(["customers/", "holds/", "models/", "predictions/"]), st.binary(min_size=1, max_size=300))
@settings(max_examples=300)
def test_any_bytes_at_the_end_of_a_path_are_answered_or_refused(kind: str, rest: bytes) -> None:
    path = {"PATH_INFO": f"/api/v1/{kind}{rest.decode('latin-1')}"}
    for method in ("GET", "DELETE", "PUT"):
        response = DESK.client.open(method=method, json={"reason": "r", "user": "u"}, environ_overrides=path)
        assert response.status_code in FOUND | {405}
        assert response.status_code == 200 or response.content_type == "application/problem+json"
