"""What is written down can be read again."""

from __future__ import annotations

from types import MappingProxyType

import orjson
import pytest

from db.items import customer_item, dump, dump_write, latest_in, load_write
from routing.ports import KeyClaim, KeyUse, LatestPrediction, Write
from scoring.record import ScoreRecord
from tests.fakes.records import a_record, an_explained_record


def test_a_record_comes_back_from_its_json() -> None:
    record = an_explained_record()
    assert ScoreRecord.from_dict(orjson.loads(dump(record.values()))) == record


@pytest.mark.parametrize("claim", [None, KeyClaim(KeyUse("key", "body"), "token")])
def test_a_waiting_write_comes_back_as_it_was(claim: KeyClaim | None) -> None:
    write = Write(an_explained_record(), claim)
    assert load_write(dump_write(write)) == write


def test_any_mapping_can_be_an_input() -> None:
    write = Write(a_record(inputs=MappingProxyType({"xgboost": {"income": 1.5}})))
    assert load_write(dump_write(write)).record.inputs == {"xgboost": {"income": 1.5}}


def test_what_is_not_json_is_refused_not_changed() -> None:
    with pytest.raises(TypeError):
        dump(object())


def test_a_customer_item_reads_as_the_latest_prediction() -> None:
    record = an_explained_record()
    assert latest_in(customer_item(record)) == LatestPrediction(
        record.scored_at,
        735.4,
        "multi_model_aggregate",
        ("traditional", "social"),
        ({"model": "traditional", "score": 750.5}, {"model": "social", "score": 720.3}),
    )


@pytest.mark.parametrize(
    "missing",
    [
        {"prediction_timestamp": None},
        {"prediction_timestamp": "yesterday"},
        {"prediction_timestamp": 20251108},
        {"credit_score": None},
        {"credit_score": "good"},
        {"credit_score": float("inf")},
    ],
)
def test_an_item_without_a_time_and_a_score_has_no_latest_prediction(missing: dict[str, object]) -> None:
    assert latest_in({**customer_item(a_record()), **missing}) is None
    assert latest_in({"branch": "Graz"}) is None


def test_of_an_item_what_is_not_of_the_expected_kind_is_left_out() -> None:
    odd = {"models_used": [1, "social", None], "prediction_type": 7, "raw_predictions": [1, "x", None, {"score": 1}]}
    found = latest_in({**customer_item(a_record()), **odd})
    assert found is not None
    assert (found.models_used, found.prediction_type, found.raw_predictions) == (("social",), "", ({"score": 1},))
    found = latest_in({**customer_item(a_record()), "models_used": "social", "raw_predictions": {"model": 700}})
    assert found is not None
    assert (found.models_used, found.raw_predictions) == ((), ())
