"""Who may call, and how often."""

import re
from hashlib import sha256

import pytest

from api.auth import ApiKey
from api.limits import RateLimit
from tests.api.desk import Desk, new


def key(name: str, scopes: str, secret: str) -> ApiKey:
    return ApiKey.parse(f"{name}:{scopes}:{sha256(secret.encode()).hexdigest()}")


KEYS = (key("both", "score+read", "one"), key("both", "score+read", "two"), key("reader", "read", "three"))


@pytest.fixture
def locked() -> Desk:
    return Desk(KEYS)


def test_every_path_but_health_and_metrics_needs_a_key(locked: Desk) -> None:
    for rule in locked.app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"OPTIONS"}:
            is_open = rule.rule.startswith("/health") or rule.rule in ("/metrics", "/static/<path:filename>")
            path = re.sub("<[^>]+>", "x", rule.rule)
            assert (locked.client.open(path, method=method).status_code == 401) is not is_open


SCOPES = {
    ("POST", "/api/v1/predict"): "score",
    ("POST", "/api/v1/predict/batch"): "score",
    ("GET", "/api/v1/search"): "read",
    ("POST", "/api/v1/search"): "read",
    ("GET", "/api/v1/models"): "read",
    ("GET", "/api/v1/models/x"): "read",
    ("GET", "/api/v1/models/x/feature-importance"): "read",
    ("GET", "/api/v1/predictions/x"): "read",
    ("GET", "/api/v1/predictions/x/explanation"): "read",
    ("POST", "/api/v1/predictions/x/override"): "record",
    ("POST", "/api/v1/outcomes"): "record",
    ("GET", "/api/v1/customers/x"): "read",
    ("DELETE", "/api/v1/customers/x"): "erase",
    ("PUT", "/api/v1/holds/x"): "erase",
    ("DELETE", "/api/v1/holds/x"): "erase",
}


@pytest.mark.parametrize(("method", "path"), SCOPES)
def test_each_path_takes_its_scope_and_no_other(method: str, path: str) -> None:
    desk = Desk(tuple(key(scope, scope, scope) for scope in ("score", "read", "record", "erase")))
    for scope in ("score", "read", "record", "erase"):
        response = desk.client.open(path, method=method, headers={"X-API-Key": scope})
        assert (response.status_code == 403) is (scope != SCOPES[method, path])


@pytest.mark.parametrize("given", ["", "wrong", "one ", "ONE", "ünï", "x" * 8000])
def test_a_wrong_key_is_a_401_that_says_how_to_authenticate(locked: Desk, given: str) -> None:
    response = locked.predict(new(), X_API_Key=given)
    assert response.status_code == 401
    assert response.content_type == "application/problem+json"
    assert response.headers["WWW-Authenticate"]
    assert locked.table.look_ups == 0


def test_two_keys_of_one_client_are_valid_at_once(locked: Desk) -> None:
    assert locked.predict(new(), X_API_Key="one").status_code == 200
    assert locked.predict(new(), X_API_Key="two").status_code == 200


def test_a_key_without_the_scope_is_a_403(locked: Desk) -> None:
    assert locked.predict(new(), X_API_Key="three").status_code == 403
    search = locked.client.get("/api/v1/search?customer_id=A", headers={"X-API-Key": "three"})
    assert search.status_code == 200


def test_idempotency_keys_belong_to_the_client_and_not_to_the_api_key(locked: Desk) -> None:
    other = Desk((*KEYS, key("other", "score", "four")))
    first = other.predict(new("A"), X_API_Key="one", Idempotency_Key="k")
    rotated = other.predict(new("A"), X_API_Key="two", Idempotency_Key="k")
    stranger = other.predict(new("B"), X_API_Key="four", Idempotency_Key="k")
    assert rotated.json == first.json
    assert stranger.json["customer_id"] == "B"


def test_a_preflight_needs_no_key(locked: Desk) -> None:
    headers = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
    assert locked.client.options("/api/v1/predict", headers=headers).status_code == 200


def test_without_configured_keys_everybody_may_call(desk: Desk) -> None:
    assert desk.predict(new(), X_API_Key="anything").status_code == 200


def test_a_client_over_its_rate_is_a_429_with_retry_after_and_others_are_not() -> None:
    now = [0.0]
    desk = Desk((*KEYS, key("other", "score", "four")), RateLimit(0.5, now=lambda: now[0]))
    assert desk.predict(new(), X_API_Key="one").status_code == 200
    limited = desk.predict(new(), X_API_Key="two")
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "2")
    assert limited.content_type == "application/problem+json"
    assert desk.predict(new(), X_API_Key="four").status_code == 200
    assert desk.client.get("/health").status_code == 200
    now[0] = 2.0
    assert desk.predict(new(), X_API_Key="one").status_code == 200


def test_without_keys_the_rate_is_limited_by_address() -> None:
    desk = Desk(rate=RateLimit(1, now=lambda: 0.0))
    there = {"REMOTE_ADDR": "10.0.0.1"}
    elsewhere = {"REMOTE_ADDR": "10.0.0.2"}
    statuses = [
        desk.client.post("/api/v1/predict", json=new(), environ_overrides=environ).status_code
        for environ in (there, there, elsewhere)
    ]
    assert statuses == [200, 429, 200]
