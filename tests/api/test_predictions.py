"""Predictions found again by id, and overruled."""

from typing import Any

import pytest

from tests.api.desk import X3, X5, X6, Desk, new

UNKNOWN = f"pred_{'0' * 32}"
CLERK = {"decision": "refer", "reason": "Income proven by letter", "user": "clerk-7"}


def test_a_prediction_holds_everything_that_it_was_made_of(desk: Desk) -> None:
    desk.table.customers["OLD"] = {}
    given = desk.predict({"customer_id": "OLD", "features": {"traditional": X5, "social": X3}, "explain": True}).json
    response = desk.prediction(given["prediction_id"])
    assert response.status_code == 200
    body = response.json
    assert (body["erased"], body["score"], body["decision"]) == (False, given["aggregated_score"], given["decision"])
    assert (body["route"], body["look_up"]) == ("routes.existing", "found")
    assert body["asked"] == {"traditional": 0.5, "social": 0.5}
    assert [(each["model"], each["version"], each["digest"]) for each in body["models"]] == [
        (each.name, each.version, each.digest) for each in (desk.traditional, desk.social)
    ]
    assert body["inputs"]["traditional"] == dict(zip("abcde", X5, strict=True))
    assert body["provenance"]["policy"]["approve_from"] == 640
    assert (body["reason_codes"], body["explanation"]) == (given["reason_codes"], given["explanation"])
    assert (body["outcome"], body["outcomes"], body["overrides"], body["shadows"]) == (None, [], [], [])


@pytest.mark.parametrize(
    "given", [UNKNOWN, "pred_", "x", "%00", "%FF", "pred_" + "0" * 31 + "G", "A" * 4000, "..", "💶", "pred_ ", "%2e"]
)
@pytest.mark.parametrize("part", ["", "/explanation"])
def test_an_unknown_prediction_is_a_404(desk: Desk, given: str, part: str) -> None:
    response = desk.prediction(given, part)
    assert (response.status_code, response.content_type) == (404, "application/problem+json")
    assert desk.override(given, CLERK).status_code == 404


def test_what_cannot_be_looked_up_is_a_503_and_not_a_404(desk: Desk) -> None:
    desk.table.unreadable = True
    for response in (desk.prediction(UNKNOWN), desk.prediction(UNKNOWN, "/explanation"), desk.override(UNKNOWN, CLERK)):
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


def test_of_an_erased_prediction_the_skeleton_is_answered(desk: Desk) -> None:
    given = desk.predict(new("C", explain=True)).json
    desk.override(given["prediction_id"], {**CLERK, "decision": other(given["decision"])})
    desk.audit.erase("C", "asked for", "clerk")
    response = desk.prediction(given["prediction_id"])
    assert response.status_code == 200
    assert response.json == {
        "prediction_id": given["prediction_id"],
        "customer_id": "C",
        "customer_type": "new",
        "timestamp": given["timestamp"],
        "decision": given["decision"],
        "erased": True,
        "route": "routes.new",
        "prediction_type": "new_customer_xgboost",
        "models": [{"model": "xgboost", "version": "1", "digest": desk.xgboost.digest}],
    }
    late = desk.override(given["prediction_id"], CLERK)
    assert (late.status_code, late.json["type"]) == (410, "urn:problem-type:credit-api:prediction-erased")


# ------------------------------------------------------------------ overrides


def other(decision: str, *more: str) -> str:
    """A decision that is none of these."""
    return next(each for each in ("approve", "refer", "decline") if each not in (decision, *more))


@pytest.fixture
def given(desk: Desk) -> Any:
    return desk.predict(new("C")).json


def test_an_override_is_noted_once_with_reason_and_user(desk: Desk, given: Any) -> None:
    body = {**CLERK, "decision": other(given["decision"])}
    first, second = (desk.override(given["prediction_id"], body) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json.items() >= {**body, "from": given["decision"], "recorded": "now", "customer_id": "C"}.items()
    assert second.json == {**first.json, "recorded": "before"}
    found = desk.prediction(given["prediction_id"]).json
    assert (found["decision"], found["decision_in_force"]) == (given["decision"], body["decision"])
    assert [(each["reason"], each["user"]) for each in found["overrides"]] == [(body["reason"], body["user"])]


def test_the_newest_override_counts(desk: Desk, given: Any) -> None:
    first, second = other(given["decision"]), given["decision"]
    for decision in (first, second):
        assert desk.override(given["prediction_id"], {**CLERK, "decision": decision}).status_code == 200
    found = desk.prediction(given["prediction_id"]).json
    assert found["decision_in_force"] == second
    assert [each["from"] for each in found["overrides"]] == [second, first]


def test_an_override_that_was_replaced_since_is_a_409(desk: Desk, given: Any) -> None:
    first, second = other(given["decision"]), given["decision"]
    for decision in (first, second):
        desk.override(given["prediction_id"], {**CLERK, "decision": decision})
    again = desk.override(given["prediction_id"], {**CLERK, "decision": first})
    assert (again.status_code, again.json["type"]) == (409, "urn:problem-type:credit-api:override-replaced")
    with_reason = {**CLERK, "decision": first, "reason": "The letter was confirmed"}
    assert desk.override(given["prediction_id"], with_reason).status_code == 200


def test_an_override_to_the_decision_in_force_is_refused(desk: Desk, given: Any) -> None:
    response = desk.override(given["prediction_id"], {**CLERK, "decision": given["decision"]})
    assert (response.status_code, response.json["errors"][0]["field"]) == (422, "decision")
    assert desk.table.events == {}


@pytest.mark.parametrize("field", ["decision", "reason", "user"])
@pytest.mark.parametrize("value", [None, "", "  ", 7, True, [], {}, "a\nb", "a\x00b", "x" * 1001])
def test_an_override_that_is_none_is_refused_by_field(desk: Desk, given: Any, field: str, value: Any) -> None:
    response = desk.override(given["prediction_id"], {**CLERK, field: value})
    assert (response.status_code, [each["field"] for each in response.json["errors"]]) == (422, [field])


@pytest.mark.parametrize("missing", ["decision", "reason", "user"])
def test_nothing_of_an_override_may_be_missing(desk: Desk, given: Any, missing: str) -> None:
    body = {name: value for name, value in CLERK.items() if name != missing}
    response = desk.override(given["prediction_id"], body)
    assert [(each["field"], each["message"]) for each in response.json["errors"]] == [(missing, "is missing")]
    assert desk.override(given["prediction_id"], {**CLERK, "colour": 1}).json["errors"][0]["field"] == "colour"


def test_bodies_that_are_none_are_refused_on_every_path_that_takes_one(desk: Desk, given: Any) -> None:
    for method, path in (
        ("POST", f"/api/v1/predictions/{given['prediction_id']}/override"),
        ("POST", "/api/v1/outcomes"),
        ("DELETE", "/api/v1/customers/C"),
        ("PUT", "/api/v1/holds/C"),
    ):
        for raw, kind, status in (
            (b"", "application/json", 400),
            (b"[]", "application/json", 422),
            (b'{"a":1,"a":2}', "application/json", 400),
            (b'{"reason": NaN}', "application/json", 400),
            (b"x" * 70_000, "application/json", 413),
            (b"a=b", "application/x-www-form-urlencoded", 415),
        ):
            response = desk.client.open(path, method=method, data=raw, content_type=kind)
            assert (response.status_code, response.content_type) == (status, "application/problem+json"), (path, raw)
    assert desk.prediction(given["prediction_id"]).json["erased"] is False


def test_the_log_and_the_metrics_name_no_customer_reason_or_user(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.table.customers["SECRET"] = {}
    with caplog.at_level("DEBUG"):
        made = desk.predict({"customer_id": "SECRET", "features": {"xgboost": X6, "traditional": X5}}).json
        secret = {"reason": "SECRET", "user": "SECRET"}
        desk.override(made["prediction_id"], {**secret, "decision": other(made["decision"])})
        desk.override(made["prediction_id"], {**secret, "decision": "SECRET"})
        desk.prediction(made["prediction_id"])
        desk.prediction("SECRET")
        desk.client.get("/api/v1/models/SECRET")
        desk.outcomes({"customer_id": "SECRET", "defaulted": True, "observed_on": "SECRET"})
        desk.outcomes({"customer_id": "SECRET", "defaulted": True, "observed_on": made["timestamp"][:10]})
        desk.of_customer("PUT", "SECRET", secret, "holds")
        desk.of_customer("GET", "SECRET")
        desk.of_customer("DELETE", "SECRET", secret)
        desk.of_customer("DELETE", "SECRET", kind="holds")
        desk.of_customer("DELETE", "SECRET", secret)
    lines = [vars(each) for each in caplog.records if each.name == "api.requests"]
    assert len(lines) == 13
    assert "SECRET" not in str(lines)
    assert {each["status"] for each in lines} == {200, 404, 409, 422}
    assert {each["customer_ref"] for each in lines if "customer_ref" in each} == {lines[0]["customer_ref"]}
    metrics = desk.client.get("/metrics").text
    assert "SECRET" not in metrics
    assert made["prediction_id"] not in metrics
    assert 'route="/api/v1/customers/<any_text:customer_id>"' in metrics
    assert 'route="/api/v1/predictions/<prediction_id>/override"' in metrics
