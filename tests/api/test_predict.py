"""What a bank's system gets back for a prediction."""

import re
from typing import Any

import pytest

from tests.api.desk import X3, X5, X6, Desk, new

ISO_Z = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
BOTH: dict[str, Any] = {"traditional": X5, "social": X3}


def existing(desk: Desk, customer_id: str = "OLD", **body: Any) -> dict[str, Any]:
    desk.table.customers[customer_id] = {}
    return {"customer_id": customer_id, "features": BOTH, **body}


def test_a_new_customer_gets_the_score_of_one_model(desk: Desk) -> None:
    response = desk.predict(new("CUS999999"))
    body = response.json
    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert body["customer_id"] == "CUS999999"
    assert (body["customer_type"], body["prediction_type"]) == ("new", "new_customer_xgboost")
    assert body["model"] == "xgboost"
    assert 300 <= body["score"] <= 850
    assert 0 < body["probability_of_default"] < 1
    assert body["risk_level"] in ("low", "medium", "high")
    assert body["score_band"] in ("Exceptional", "Very Good", "Good", "Fair", "Poor")
    assert body["decision"] in ("approve", "refer", "decline")
    assert body["model_versions"] == {"xgboost": "1"}
    assert body["stored"] is True
    assert ISO_Z.fullmatch(body["timestamp"])
    assert {"aggregated_score", "models", "degraded", "reason_codes"}.isdisjoint(body)


def test_an_existing_customer_gets_the_mean_of_the_models(desk: Desk) -> None:
    body = desk.predict(existing(desk)).json
    assert (body["customer_type"], body["prediction_type"]) == ("existing", "multi_model_aggregate")
    assert [each["model"] for each in body["models"]] == ["traditional", "social"]
    assert body["num_models_used"] == 2
    assert body["aggregated_score"] == pytest.approx(sum(each["score"] for each in body["models"]) / 2, abs=0.051)
    assert {"score", "model", "degraded"}.isdisjoint(body)


def test_a_model_without_input_is_named_as_degraded(desk: Desk) -> None:
    body = desk.predict(existing(desk, features={"traditional": X5})).json
    assert body["num_models_used"] == 1
    assert body["degraded"] == [{"model": "social", "reason": "its input is missing"}]


def test_a_fallback_answer_carries_the_fields_of_both_kinds_of_customer(desk: Desk) -> None:
    body = desk.predict(existing(desk, features={"xgboost": X6})).json
    assert body["prediction_type"] == "existing_customer_fallback_xgboost"
    assert body["customer_type"] == "existing"
    assert (body["model"], body["num_models_used"]) == ("xgboost", 1)
    assert body["score"] == body["aggregated_score"] == body["models"][0]["score"]
    assert {each["model"] for each in body["degraded"]} == {"traditional", "social"}


def test_without_any_usable_input_the_problem_names_the_features_that_are_needed(desk: Desk) -> None:
    response = desk.predict(existing(desk, features={}))
    assert response.status_code == 422
    assert {each["field"] for each in response.json["errors"]} >= {"features.traditional", "features.social"}
    assert "a, b, c, d, e" in response.text


def test_named_features_give_the_same_score_as_the_vector(desk: Desk) -> None:
    vector = desk.predict(new("A")).json
    named = desk.predict({"customer_id": "B", "features": {"xgboost": dict(zip("hijklm", X6, strict=True))}}).json
    assert vector["score"] == named["score"]


def test_reason_codes_come_only_when_asked_for_and_add_up_to_the_score(desk: Desk) -> None:
    body = desk.predict(existing(desk, explain=True)).json
    told = body["explanation"]
    total = told["base_points"] + told["protected_points"] + told["adjustment_points"]
    assert total + sum(each["points"] for each in told["contributions"]) == pytest.approx(body["aggregated_score"])
    assert told["methods"].keys() == {"traditional", "social"}
    assert all(
        each.keys() == {"code", "description", "feature", "model", "points", "direction"}
        for each in body["reason_codes"]
    )
    assert body["reason_codes"]
    assert "age" not in {each["feature"] for each in body["reason_codes"] + told["contributions"]}
    assert "reason_codes" not in desk.predict(existing(desk, explain=False)).json


def test_what_cannot_be_written_to_the_table_is_answered_with_stored_false(desk: Desk) -> None:
    desk.table.unwritable = True
    body = desk.predict(new()).json
    assert body["stored"] is False
    assert desk.outbox.writes[0].record.prediction_id == body["prediction_id"]


def test_no_answer_is_given_without_a_record(desk: Desk) -> None:
    desk.table.unwritable = desk.outbox.full = True
    response = desk.predict(new())
    assert response.status_code == 503
    assert "score" not in response.json


def test_a_failed_look_up_is_a_503_and_never_a_new_customer(desk: Desk) -> None:
    desk.table.unreadable = True
    response = desk.predict(new())
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.json["type"] == "urn:problem-type:credit-api:table-unavailable"


def test_models_out_of_reach_are_a_503_with_retry_after(desk: Desk) -> None:
    desk.models.take_away("xgboost")
    response = desk.predict(new())
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


def test_ids_with_odd_characters_are_found_again_as_themselves(desk: Desk) -> None:
    for customer_id in (
        "a#b",
        "a/b",
        "../a",
        "\uff21",
        "A",
        "ﬁ",
        "fi",
        "é",
        "e\u0301",
        " A",
        "x" * 256,
        "\U0001d4d0'; --",
    ):
        assert desk.predict(new(customer_id)).json["customer_type"] == "new"
        found = desk.search(customer_id=customer_id).json
        assert (found["customer_id"], len(found["history"])) == (customer_id, 1)


def test_every_prediction_has_an_id_of_its_own(desk: Desk) -> None:
    ids = {desk.predict(new()).json["prediction_id"] for _ in range(5)}
    assert len(ids) == 5
    assert all(re.fullmatch(r"pred_[0-9a-f]{32}", each) for each in ids)
