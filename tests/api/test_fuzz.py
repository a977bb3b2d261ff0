"""Any JSON at all as a body: an answer or a problem, never a 5xx."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.desk import X3, X5, X6, Desk

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
