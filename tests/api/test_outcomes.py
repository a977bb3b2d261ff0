"""What became of predictions, as the bank tells it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from routing.archive import Filed
from tests.api.desk import Desk, new


def later(days: int) -> str:
    """A day so many days from now."""
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


@pytest.fixture
def prediction_id(desk: Desk) -> str:
    return str(desk.predict(new("C")).json["prediction_id"])


def test_an_outcome_of_a_prediction_is_noted_once(desk: Desk, prediction_id: str) -> None:
    body = {"prediction_id": prediction_id, "defaulted": True, "observed_on": later(0)}
    first, second = desk.outcomes(body), desk.outcomes(body)
    assert (first.status_code, second.status_code) == (200, 200)
    assert (first.json["recorded"], second.json["recorded"]) == ("now", "before")
    assert {**first.json, "recorded": "before"} == second.json
    assert first.json.items() >= {**body, "customer_id": "C", "by": "prediction"}.items()
    assert len(desk.table.events[prediction_id]) == 1


def test_the_other_outcome_of_the_same_day_is_a_409_and_a_later_day_corrects_it(desk: Desk, prediction_id: str) -> None:
    body = {"prediction_id": prediction_id, "defaulted": False, "observed_on": later(0)}
    assert desk.outcomes(body).status_code == 200
    contradiction = desk.outcomes({**body, "defaulted": True})
    assert contradiction.status_code == 409
    assert contradiction.json["type"] == "urn:problem-type:credit-api:contradicting-outcome"
    assert desk.outcomes({**body, "defaulted": True, "observed_on": later(1)}).status_code == 200
    found = desk.prediction(prediction_id).json
    assert (found["outcome"]["defaulted"], found["outcome"]["observed_on"]) == (True, later(1))
    assert [each["defaulted"] for each in found["outcomes"]] == [False, True]


def test_an_outcome_of_a_customer_belongs_to_the_newest_prediction_by_that_day(desk: Desk, prediction_id: str) -> None:
    newest = desk.predict(new("C")).json["prediction_id"]
    answer = desk.outcomes({"customer_id": "C", "defaulted": False, "observed_on": later(0)}).json
    assert (answer["prediction_id"], answer["by"]) == (newest, "customer")
    assert prediction_id not in desk.table.events
    by_prediction = {"prediction_id": newest, "defaulted": False, "observed_on": later(0)}
    assert desk.outcomes(by_prediction).json["recorded"] == "before"


def test_whoever_cannot_be_found_is_a_404(desk: Desk, prediction_id: str) -> None:
    desk.table.customers["BANK"] = {}
    for who, problem in (
        ({"prediction_id": f"pred_{'0' * 32}"}, "unknown-prediction"),
        ({"customer_id": "NOBODY"}, "unknown-customer"),
        ({"customer_id": "BANK"}, "unknown-prediction"),
        ({"customer_id": "C", "observed_on": later(-1)}, "unknown-prediction"),
    ):
        response = desk.outcomes({"defaulted": True, "observed_on": later(0), **who})
        assert (response.status_code, response.json["type"]) == (404, f"urn:problem-type:credit-api:{problem}")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"defaulted": 1}, "defaulted"),
        ({"defaulted": "true"}, "defaulted"),
        ({"defaulted": None}, "defaulted"),
        ({"observed_on": "2026-02-30"}, "observed_on"),
        ({"observed_on": "20260101"}, "observed_on"),
        ({"observed_on": "2026-W01-1"}, "observed_on"),
        ({"observed_on": "2026-01-01T00:00:00Z"}, "observed_on"),
        ({"observed_on": "\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661"}, "observed_on"),
        ({"observed_on": "0000-01-01"}, "observed_on"),
        ({"observed_on": "0001-01-01"}, "observed_on"),
        ({"observed_on": "9999-12-31"}, "observed_on"),
        ({"observed_on": 20260101}, "observed_on"),
        ({"prediction_id": 7}, "prediction_id"),
        ({"prediction_id": "pred_"}, "prediction_id"),
        ({"prediction_id": f"pred_{'A' * 32}"}, "prediction_id"),
        ({"prediction_id": None}, "prediction_id"),
        ({"customer_id": "C"}, "prediction_id"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_an_outcome_that_is_none_is_refused_by_field(
    desk: Desk, prediction_id: str, changes: dict[str, Any], field: str
) -> None:
    response = desk.outcomes({"prediction_id": prediction_id, "defaulted": True, "observed_on": later(0), **changes})
    assert response.status_code == 422
    assert [each["field"] for each in response.json["errors"]] == [field]
    assert desk.table.events == {}


@pytest.mark.parametrize("days", [2, 400, -2, -400])
def test_a_day_in_the_future_or_before_the_prediction_is_refused(desk: Desk, prediction_id: str, days: int) -> None:
    response = desk.outcomes({"prediction_id": prediction_id, "defaulted": True, "observed_on": later(days)})
    assert (response.status_code, response.json["errors"][0]["field"]) == (422, "observed_on")
    assert desk.outcomes({"customer_id": "C", "defaulted": True, "observed_on": later(days)}).status_code in (404, 422)
    assert desk.table.events == {}


@pytest.mark.parametrize("missing", ["prediction_id", "defaulted", "observed_on"])
def test_nothing_may_be_missing(desk: Desk, prediction_id: str, missing: str) -> None:
    body = {"prediction_id": prediction_id, "defaulted": True, "observed_on": later(0)}
    del body[missing]
    response = desk.outcomes(body)
    assert (response.status_code, response.json["errors"][0]["field"]) == (422, missing)


def test_many_outcomes_have_each_an_answer_or_a_problem(desk: Desk, prediction_id: str) -> None:
    good = {"prediction_id": prediction_id, "defaulted": True, "observed_on": later(0)}
    items = [good, {}, 7, {**good, "prediction_id": f"pred_{'0' * 32}"}, good, {**good, "defaulted": False}]
    response = desk.outcomes({"outcomes": items})
    assert response.status_code == 200
    results = response.json["results"]
    assert [each.get("status") for each in results] == [None, 422, 422, 404, None, 409]
    assert [each.get("index") for each in results] == [None, 1, 2, 3, None, 5]
    assert [results[0]["recorded"], results[4]["recorded"]] == ["now", "before"]
    assert desk.outcomes({"outcomes": []}).json == {"results": []}


@pytest.mark.parametrize("body", [{"outcomes": {}}, {"outcomes": [{}] * 1001}, {"outcomes": [], "defaulted": True}])
def test_a_list_that_is_none_is_refused(desk: Desk, body: Any) -> None:
    assert desk.outcomes(body).status_code == 422


def asked_of(desk: Desk) -> list[int]:
    """For how many predictions at once the table is asked from now on."""
    asked: list[int] = []
    find_many = desk.table.find_many

    def counted(prediction_ids: Sequence[str]) -> Mapping[str, Filed]:
        asked.append(len(prediction_ids))
        return find_many(prediction_ids)

    desk.table.find_many = counted  # type: ignore[method-assign]
    return asked


def test_a_batch_asks_the_table_once_whomever_its_outcomes_are_of(desk: Desk) -> None:
    customers = [f"C{i}" for i in range(60)]
    ids = [desk.predict(new(each)).json["prediction_id"] for each in customers]
    asked, seen = asked_of(desk), {"defaulted": False, "observed_on": later(0)}
    told = [{"customer_id": each, **seen} for each in customers] + [{"prediction_id": each, **seen} for each in ids]
    results = desk.outcomes({"outcomes": [*told, {"customer_id": "NOBODY", **seen}, told[0]]}).json["results"]
    assert [each["status"] for each in results if "status" in each] == [404]
    noted = [each for each in results if "status" not in each]
    assert [each["prediction_id"] for each in noted] == [*ids, *ids, ids[0]]
    assert [each["recorded"] for each in noted] == ["now"] * 60 + ["before"] * 61
    assert asked == [60]
    desk.table.unwritable = True
    again = desk.outcomes({"outcomes": told}).json["results"]
    assert [each["recorded"] for each in again] == ["before"] * 120, "what is held already is not written again"


def test_a_prediction_of_which_too_much_was_noted_takes_no_more_and_says_so(desk: Desk, prediction_id: str) -> None:
    refused, computed = {}, desk.prediction(prediction_id).json["decision"]
    others = [each for each in ("approve", "refer", "decline") if each != computed]
    for i in range(400):
        body = {"decision": others[i % 2], "reason": "\u20ac" * 300 + str(i), "user": "clerk"}
        response = desk.client.post(f"/api/v1/predictions/{prediction_id}/override", json=body)
        if response.status_code != 200:
            refused = response.json
            break
    assert (refused["status"], refused["type"]) == (409, "urn:problem-type:credit-api:noted-too-much")
    assert len(desk.table.events[prediction_id]) > 100
    outcome = {"prediction_id": prediction_id, "defaulted": True, "observed_on": later(0)}
    assert desk.outcomes(outcome).status_code == 200, "there is room for what is small"


def test_a_table_out_of_reach_is_a_503_and_is_asked_only_once_by_a_batch(desk: Desk, prediction_id: str) -> None:
    asked = asked_of(desk)
    good = {"prediction_id": prediction_id, "defaulted": True, "observed_on": later(0)}
    desk.table.unreadable = True
    response = desk.outcomes(good)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    results = desk.outcomes({"outcomes": [good] * 100}).json["results"]
    assert [each["status"] for each in results] == [503] * 100
    assert len(asked) == 2
    desk.table.unreadable, desk.table.unwritable = False, True
    assert [each["status"] for each in desk.outcomes({"outcomes": [good, {}]}).json["results"]] == [503, 422]


def test_nothing_is_noted_of_an_erased_prediction(desk: Desk, prediction_id: str) -> None:
    desk.audit.erase("C", "asked for", "clerk")
    for who in ({"prediction_id": prediction_id}, {"customer_id": "C"}):
        response = desk.outcomes({"defaulted": True, "observed_on": later(0), **who})
        assert (response.status_code, response.json["type"]) == (410, "urn:problem-type:credit-api:prediction-erased")
    assert desk.table.events == {}
