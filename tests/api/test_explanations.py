"""The explanation of a prediction, over HTTP."""

from typing import Any

import pytest

from api.predictions import EXPLANATIONS_AT_ONCE
from tests.api.desk import Desk, new

POOR = {"customer_id": "C", "features": {"xgboost": [0.0] * 6}}


@pytest.mark.parametrize("explain", [True, False])
def test_a_declined_prediction_is_explained_in_numbers_and_sentences(desk: Desk, explain: bool) -> None:
    desk.table.customers["OLD"] = {}
    inputs = {"traditional": dict.fromkeys("abcde", 0.6), "social": {"f": 1.0, "g": 0.0, "age": 0.5}}
    made = desk.predict({"customer_id": "OLD", "features": inputs, "explain": explain}).json
    assert made["decision"] == "decline"
    response = desk.prediction(made["prediction_id"], "/explanation")
    assert response.status_code == 200
    body = response.json
    assert (body["decision"], body["decision_in_force"], body["score"]) == (*["decline"] * 2, made["aggregated_score"])
    assert (body["needed"], body["erased"], body["customer_id"]) == ({"approve": 640, "refer": 580}, False, "OLD")
    added = [body["sum"][name] for name in ("base_points", "protected_points", "adjustment_points")]
    assert sum(added) + sum(each["points"] for each in body["factors"]) == pytest.approx(made["aggregated_score"])
    assert "age" not in {each["feature"] for each in body["factors"]}
    assert [each["decision"] for each in body["would_have_changed"]] == ["refer"] * 3
    for each in body["would_have_changed"]:
        changed = {model: dict(values) for model, values in inputs.items()}
        for change in each["changes"]:
            for model in change["models"]:
                assert changed[model][change["feature"]] == change["value"]
                changed[model][change["feature"]] = change["instead"]
        again = desk.predict({"customer_id": "OLD", "features": changed}).json
        assert (again["aggregated_score"], again["decision"]) == (each["score"], each["decision"])
        assert each["sentence"] in body["text"]
    assert body["nothing_would_have_changed"] == body["text"][-1]
    assert body["text"][-1].endswith("would have been enough for it to be approved.")


def test_an_erased_prediction_says_so(desk: Desk) -> None:
    made = desk.predict(POOR).json
    desk.audit.erase("C", "asked for", "clerk")
    body = desk.prediction(made["prediction_id"], "/explanation").json
    assert (body["erased"], body["decision"], len(body["text"])) == (True, "decline", 1)
    assert "score" not in body


def test_without_its_models_a_prediction_without_reasons_is_a_503(desk: Desk) -> None:
    plain, explained = (desk.predict({**POOR, "explain": explain}).json for explain in (False, True))
    desk.versions.forget("xgboost")
    response = desk.prediction(plain["prediction_id"], "/explanation")
    assert (response.status_code, response.json["type"]) == (503, "urn:problem-type:credit-api:model-unavailable")
    body = desk.prediction(explained["prediction_id"], "/explanation").json
    assert (body["would_have_changed"], body["nothing_would_have_changed"]) == ([], "its models are out of reach now")


def test_explanations_leave_room_for_predictions(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made = desk.predict(POOR).json
    statuses: list[int] = []
    model: Any = desk.versions.model

    def nested(*named: str) -> Any:
        """The next explanation starts within this one."""
        monkeypatch.setattr(desk.versions, "model", nested if len(statuses) < 9 else model)
        client = desk.app.test_client()
        statuses.append(client.get(f"/api/v1/predictions/{made['prediction_id']}/explanation").status_code)
        return model(*named)

    monkeypatch.setattr(desk.versions, "model", nested)
    outer = desk.prediction(made["prediction_id"], "/explanation")
    assert outer.status_code == 200
    assert statuses == [503] + [200] * (EXPLANATIONS_AT_ONCE - 1)
    assert desk.predict(new("D")).status_code == 200
