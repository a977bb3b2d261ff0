"""A record is scored again from itself alone: equal to the last digit, whatever the world that it was made in."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from routing.replay import Replayed, explained, replay
from scoring.errors import ModelUnavailable, Unavailable
from scoring.record import ErasedRecord
from tests.fakes.catalog import FakeVersions
from tests.fakes.house import BOTH, NEW, House
from tests.fakes.models import FakeModel
from tests.fakes.records import a_record
from tests.fakes.worlds import HERE, World, as_stored, records_of, worlds


@given(worlds())
def test_the_replay_of_any_record_that_the_service_made_is_equal(world: World) -> None:
    versions = FakeVersions(world.models.values())
    for record in records_of(world):
        assert replay(as_stored(record), versions, HERE) == Replayed(record.prediction_id, "equal")
        if record.explanation is None:
            explanation = explained(as_stored(record), versions)
            told = math.fsum(each.points for each in explanation.contributions) + explanation.protected_points
            assert explanation.score == record.score
            assert explanation.base_points + told + explanation.adjustment_points == pytest.approx(record.score)


@pytest.mark.parametrize("inputs", [BOTH, {"social": [0.2]}, NEW])
def test_records_of_format_1_are_replayed_too(inputs: dict[str, Any]) -> None:
    house = House()
    house.know("C")
    record = house.predict(explain=True, **inputs).record
    models = tuple(replace(each, probability_of_default=None) for each in record.models)
    old = replace(record, models=models, look_up=None, asked={})
    assert replay(as_stored(old), house.versions, HERE).result == "equal"
    assert replay(replace(old, score=1.0), house.versions, HERE).result == "differs"


def test_a_version_that_is_gone_is_named() -> None:
    house = House()
    record = house.predict(**NEW).record
    house.versions.forget("xgboost")
    found = replay(record, house.versions, HERE)
    assert found.result == "cannot"
    assert found.reason == f"xgboost 1 ({house.xgboost.digest[:12]}): version 1 is gone"
    with pytest.raises(ModelUnavailable):
        explained(record, house.versions)


def test_an_erased_record_is_told_as_such() -> None:
    record = a_record()
    found = replay(ErasedRecord.of(record), House().versions, HERE)
    assert found == Replayed(record.prediction_id, "erased")


def test_the_old_version_is_replayed_after_a_new_one_serves() -> None:
    house = House()
    old = house.predict("A", explain=True, **NEW).record
    newer = FakeModel("xgboost", ["d", "e"], lambda row: -3.0 + row[1], version="2")
    house.models._models["xgboost"] = newer
    new = house.predict("B", explain=True, **NEW).record
    versions = FakeVersions([*house.every.values(), newer])
    assert old.score != new.score
    assert [replay(each, versions, HERE).result for each in (old, new)] == ["equal", "equal"]


def test_what_differs_in_code_and_libraries_is_told_beside() -> None:
    house = House()
    record = house.predict(**NEW).record
    found = replay(replace(record, score=1.0), house.versions, {"code": "later", "numpy": "2"})
    assert [(each.part, each.recorded, each.found) for each in found.provenance] == [
        ("code", "test", "later"),
        ("numpy", "(absent)", "2"),
    ]


def test_a_model_that_cannot_be_asked_now_is_not_a_difference() -> None:
    house = House()
    record = house.predict(explain=True, **NEW).record

    def lost(_: object) -> float:
        raise ModelUnavailable("xgboost", "its process ended")

    house.xgboost._score = lost
    found = replay(record, house.versions, HERE)
    assert (found.result, found.reason and found.reason.endswith("its process ended")) == ("cannot", True)


def test_a_model_that_gives_no_usable_output_now_differs() -> None:
    house = House()
    record = house.predict(**NEW).record
    house.xgboost._score = lambda _: math.nan
    assert [each.part for each in replay(record, house.versions, HERE).differences] == ["models"]


def test_an_explanation_is_never_that_of_another_score() -> None:
    house = House()
    record = house.predict(**NEW).record
    assert explained(record, house.versions).score == record.score
    for changed in (replace(record, score=640.0), replace(record, provenance={}), replace(record, inputs={"z": {}})):
        with pytest.raises(Unavailable, match="no explanation"):
            explained(changed, house.versions)
    given_then = house.predict("D", explain=True, **NEW).record
    assert explained(given_then, FakeVersions([])) == given_then.explanation
