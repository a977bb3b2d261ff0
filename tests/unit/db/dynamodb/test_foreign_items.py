"""Customer items that other programs wrote: read as far as they can be understood, and otherwise left alone."""

from __future__ import annotations

from typing import Any

import pytest

from routing.ports import HistoryQuery, LatestPrediction, Write
from tests.fakes.records import a_record
from tests.unit.db.dynamodb.conftest import NAME, Aws

WHOLE: dict[str, Any] = {
    "prediction_timestamp": {"S": "2024-03-01T12:00:00.250000Z"},
    "credit_score": {"N": "712.25"},
    "models_used": {"L": [{"S": "traditional"}, {"S": "social"}]},
    "prediction_type": {"S": "multi_model_aggregate"},
    "raw_predictions": {"L": [{"M": {"model": {"S": "traditional"}, "score": {"N": "712.25"}}}]},
}
UNREADABLE_TIMES: list[dict[str, Any]] = [
    {"S": "yesterday"},
    {"S": ""},
    {"NULL": True},
    {"S": "9999-12-31T23:59:59-23:00"},
]
A_NUMBER: dict[str, Any] = {"N": "1709294400"}  # read only: moto fails to compare it with text, where DynamoDB says no


def put(aws: Aws, customer_id: str, attributes: dict[str, Any]) -> None:
    aws.bank.put_item(TableName=NAME, Item={"customer_id": {"S": customer_id}, **attributes})


def item(aws: Aws, customer_id: str) -> dict[str, Any]:
    return dict(aws.bank.get_item(TableName=NAME, Key={"customer_id": {"S": customer_id}})["Item"])


def latest(aws: Aws, customer_id: str) -> LatestPrediction | None:
    one, many = aws.direct.look_up([customer_id]), aws.direct.look_up([customer_id, "nobody"])
    assert one[customer_id] == many[customer_id]
    assert one[customer_id].existing
    return one[customer_id].latest


def test_a_whole_item_is_read_whole(aws: Aws, customer_id: str) -> None:
    put(aws, customer_id, WHOLE)
    assert latest(aws, customer_id) == LatestPrediction(
        scored_at="2024-03-01T12:00:00.250000Z",
        credit_score=712.25,
        prediction_type="multi_model_aggregate",
        models_used=("traditional", "social"),
        raw_predictions=({"model": "traditional", "score": 712.25},),
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-03-01T12:00:00Z", "2024-03-01T12:00:00.000000Z"),
        ("2024-03-01T12:00:00.123Z", "2024-03-01T12:00:00.123000Z"),
        ("2024-03-01T12:00:00+02:00", "2024-03-01T10:00:00.000000Z"),
        ("2024-03-01T12:00:00", "2024-03-01T12:00:00.000000Z"),
        ("2024-03-01 12:00:00.5", "2024-03-01T12:00:00.500000Z"),
        ("2024-03-01", "2024-03-01T00:00:00.000000Z"),
    ],
)
def test_other_ways_to_write_a_time_are_understood(aws: Aws, customer_id: str, written: str, read: str) -> None:
    put(aws, customer_id, {**WHOLE, "prediction_timestamp": {"S": written}})
    found = latest(aws, customer_id)
    assert found is not None
    assert found.scored_at == read


@pytest.mark.parametrize("time", [*UNREADABLE_TIMES, A_NUMBER], ids=str)
def test_without_a_time_there_is_no_latest_prediction(aws: Aws, customer_id: str, time: dict[str, Any]) -> None:
    put(aws, customer_id, {**WHOLE, "prediction_timestamp": time})
    assert latest(aws, customer_id) is None


@pytest.mark.parametrize("score", [None, {"S": "high"}, {"NULL": True}], ids=str)
def test_without_a_score_there_is_no_latest_prediction(aws: Aws, customer_id: str, score: dict[str, Any]) -> None:
    put(aws, customer_id, {**WHOLE, "credit_score": score} if score else {"prediction_timestamp": {"S": "2024-03-01"}})
    assert latest(aws, customer_id) is None


@pytest.mark.parametrize("number", ["712.2500", "712.25000000000000000000000000000000001", "7.1225E+2"])
def test_a_score_of_another_precision_is_read(aws: Aws, customer_id: str, number: str) -> None:
    put(aws, customer_id, {**WHOLE, "credit_score": {"N": number}})
    found = latest(aws, customer_id)
    assert found is not None
    assert found.credit_score == 712.25


def test_what_is_not_of_the_expected_kind_is_left_out(aws: Aws, customer_id: str) -> None:
    odd: dict[str, Any] = {
        "models_used": {"L": [{"N": "1"}, {"S": "social"}]},
        "prediction_type": {"N": "7"},
        "raw_predictions": {
            "L": [
                {"N": "712.25"},
                {"M": {"m": {"B": b"\x00"}, "n": {"NS": ["1"]}, "t": {"BOOL": True}, "s": {"L": []}}},
            ]
        },
    }
    put(aws, customer_id, {**WHOLE, **odd})
    found = latest(aws, customer_id)
    assert found is not None
    assert (found.models_used, found.prediction_type) == (("social",), "")
    assert found.raw_predictions == ({"m": None, "n": [1.0], "t": True, "s": []},)


@pytest.mark.parametrize("kind", [{"S": "traditional"}, {"SS": ["traditional"]}, {"M": {}}, {"NULL": True}], ids=str)
def test_lists_of_another_kind_do_not_hide_the_score(aws: Aws, customer_id: str, kind: dict[str, Any]) -> None:
    put(aws, customer_id, {**WHOLE, "models_used": kind, "raw_predictions": kind})
    found = latest(aws, customer_id)
    assert found is not None
    assert found.credit_score == 712.25
    assert found.raw_predictions == ()


def test_a_prediction_is_written_as_other_programs_expect_it(aws: Aws, customer_id: str) -> None:
    bank = {"branch": {"S": "Graz"}, "limits": {"M": {"card": {"N": "5000"}}}, "photo": {"B": b"\x00\xff"}}
    put(aws, customer_id, bank)
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    assert item(aws, customer_id) == {
        **bank,
        "customer_id": {"S": customer_id},
        "prediction_timestamp": {"S": record.scored_at},
        "credit_score": {"N": "680.2"},
        "models_used": {"L": [{"S": "xgboost"}]},
        "prediction_type": {"S": "new_customer_xgboost"},
        "raw_predictions": {"L": [{"M": {"model": {"S": "xgboost"}, "score": {"N": "680.2"}}}]},
    }


@pytest.mark.parametrize(
    "time",
    [*UNREADABLE_TIMES, {"S": "2024-03-01"}, {"S": "2025-11-09T09:00:00+23:30"}],
    ids=str,
)
def test_a_time_that_is_older_or_none_never_hides_a_new_prediction(
    aws: Aws, customer_id: str, time: dict[str, Any]
) -> None:
    put(aws, customer_id, {**WHOLE, "prediction_timestamp": time, "branch": {"S": "Graz"}})
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    found = item(aws, customer_id)
    assert found["prediction_timestamp"] == {"S": record.scored_at}
    assert found["branch"] == {"S": "Graz"}
    assert list(aws.direct.history(HistoryQuery(customer_id, 20))) == [record]


def test_a_newer_prediction_of_another_program_stays(aws: Aws, customer_id: str) -> None:
    newer = {**WHOLE, "prediction_timestamp": {"S": "2099-01-01 00:00:00"}}
    put(aws, customer_id, newer)
    record = a_record(customer_id)
    aws.direct.save([Write(record)])
    assert item(aws, customer_id) == {"customer_id": {"S": customer_id}, **newer}
    assert list(aws.direct.history(HistoryQuery(customer_id, 20))) == [record]
