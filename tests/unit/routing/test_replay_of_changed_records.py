"""A record of which any part was changed: the replay differs, and names the part."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.replay import replay
from scoring.record import Degradation, ScoreRecord
from tests.fakes.catalog import FakeVersions
from tests.fakes.house import BOTH, House
from tests.fakes.worlds import HERE, World, as_stored, records_of, worlds

Change = Callable[[ScoreRecord], ScoreRecord]


def up(value: float) -> float:
    """The next number of all."""
    return math.nextafter(value, math.inf)


def of_model(**change: Callable[[Any], Any]) -> Change:
    def changed(record: ScoreRecord) -> ScoreRecord:
        last = record.models[-1]
        other = replace(last, **{name: how(getattr(last, name)) for name, how in change.items()})
        return replace(record, models=(*record.models[:-1], other))

    return changed


def of_explanation(**change: Callable[[Any], Any]) -> Change:
    def changed(record: ScoreRecord) -> ScoreRecord:
        assert record.explanation is not None
        values = {name: how(getattr(record.explanation, name)) for name, how in change.items()}
        return replace(record, explanation=replace(record.explanation, **values))

    return changed


def first(**change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda those: (
        replace(those[0], **{name: how(getattr(those[0], name)) for name, how in change.items()}),
        *those[1:],
    )


def of_inputs(change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Change:
    return lambda record: replace(record, inputs=change({name: dict(values) for name, values in record.inputs.items()}))


CHANGES: dict[str, tuple[Change, str]] = {
    "the score": (lambda r: replace(r, score=r.score + 0.1), "score"),
    "the last digit of the PD": (lambda r: replace(r, probability_of_default=up(r.probability_of_default)), "prob"),
    "the decision": (lambda r: replace(r, decision="approve"), "decision"),
    "the risk level": (lambda r: replace(r, risk_level="low"), "risk_level"),
    "the band": (lambda r: replace(r, score_band="Very Poor"), "score_band"),
    "the customer type": (lambda r: replace(r, customer_type="new"), "customer_type"),
    "the route": (lambda r: replace(r, route="routes.new"), "customer_type"),
    "the look-up": (lambda r: replace(r, look_up="absent"), "look_up"),
    "no look-up": (lambda r: replace(r, look_up=None), "look_up"),
    "the time": (lambda r: replace(r, scored_at=r.scored_at[:3] + "9" + r.scored_at[4:]), "scored_at"),
    "a time that is none": (lambda r: replace(r, scored_at="today"), "scored_at"),
    "the number": (lambda r: replace(r, prediction_id="pred_" + "0" * 32), "scored_at"),
    "a model's log-odds": (of_model(log_odds=up), "models[1].log_odds"),
    "a model's score": (of_model(score=up), "models[1].score"),
    "a model's weight": (of_model(weight=up), "models[1].weight"),
    "a model's PD": (of_model(probability_of_default=up), "models[1].probability_of_default"),
    "no PD of a model": (of_model(probability_of_default=lambda _: None), "models[1].probability_of_default"),
    "a model less": (lambda r: replace(r, models=r.models[:1]), "inputs.social"),
    "the models' order": (lambda r: replace(r, models=r.models[::-1]), "models[0].model"),
    "a model twice": (lambda r: replace(r, models=(*r.models, r.models[0])), "models[2]"),
    "an input": (of_inputs(lambda i: {**i, "social": {"c": 0.25}}), "models[1].log_odds"),
    "an input that is missing": (of_inputs(lambda i: {**i, "social": {"c": None}}), "inputs.social.c"),
    "an input too many": (of_inputs(lambda i: {**i, "social": {"c": 0.2, "z": 1.0}}), "inputs.social.z"),
    "inputs of another model": (of_inputs(lambda i: {**i, "xgboost": {"d": 1.0}}), "inputs.xgboost"),
    "no inputs of a model": (of_inputs(lambda i: {"social": i["social"]}), "models"),
    "no inputs at all": (of_inputs(lambda _: {}), "models"),
    "who was asked": (lambda r: replace(r, asked={"traditional": 0.9, "social": 0.1}), "models[0].weight"),
    "another one asked": (lambda r: replace(r, asked={**{k: v / 2 for k, v in r.asked.items()}, "z": 0.5}), "degraded"),
    "weights that are none": (lambda r: replace(r, asked={"traditional": 1.0, "social": 0.0}), "asked"),
    "weights of more than one": (lambda r: replace(r, asked=dict.fromkeys(r.asked, 1.0)), "asked"),
    "nobody asked": (lambda r: replace(r, asked={}), "look_up"),
    "a model that failed": (lambda r: replace(r, degraded=(Degradation("social", "x"),)), "degraded"),
    "the scale": (lambda r: with_provenance(r, scale={"pdo": 49.0}), "models[0].score"),
    "a scale that is none": (lambda r: with_provenance(r, scale={"base_odds": 0.0}), "provenance"),
    "the policy": (lambda r: with_provenance(r, policy={"refer_from": 500.0}), "decision"),
    "no scale": (lambda r: replace(r, provenance={"code": "test"}), "provenance"),
    "no explanation's base": (of_explanation(base_points=up), "explanation.base_points"),
    "a contribution": (of_explanation(contributions=first(points=up)), "explanation.contributions[0].points"),
    "a contribution less": (of_explanation(contributions=lambda c: c[1:]), "explanation.contributions"),
    "the protected part": (of_explanation(protected_points=up), "explanation.protected_points"),
    "a reason": (of_explanation(reason_codes=first(feature=lambda _: "c")), "explanation.reason_codes[0].feature"),
    "a reason less": (of_explanation(reason_codes=lambda c: c[1:]), "explanation.reason_codes"),
    "the method": (of_explanation(methods=lambda m: {**m, "social": {}}), "explanation.methods.social.method"),
}


def with_provenance(record: ScoreRecord, **changes: Mapping[str, Any]) -> ScoreRecord:
    changed = {name: {**record.provenance[name], **change} for name, change in changes.items()}
    return replace(record, provenance={**record.provenance, **changed})


@pytest.fixture
def scored() -> tuple[House, ScoreRecord]:
    house = House()
    house.know("C")
    return house, as_stored(house.predict(explain=True, **BOTH).record)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_any_part_is_found_and_named(name: str, scored: tuple[House, ScoreRecord]) -> None:
    (house, record), (change, part) = scored, CHANGES[name]
    assert replay(record, house.versions, HERE).result == "equal"
    found = replay(change(record), house.versions, HERE)
    assert found.result == "differs"
    assert any(each.part.startswith(part) for each in found.differences), found.differences
    json.dumps([asdict(each) for each in found.differences])


@pytest.mark.parametrize("field", ["version", "digest", "model"])
def test_another_version_is_never_taken_for_the_recorded_one(field: str, scored: tuple[House, ScoreRecord]) -> None:
    house, record = scored
    other = of_model(**{field: lambda _: "another"})(record)
    found = replay(other, house.versions, HERE)
    assert found.result == "cannot"
    assert found.reason is not None
    assert "is gone" in found.reason


@given(worlds(), st.data())
def test_a_last_digit_changed_anywhere_in_any_record_is_found(world: World, data: st.DataObject) -> None:
    records = records_of(world)
    if not records:
        return
    record = as_stored(data.draw(st.sampled_from(records)))
    plain = record.values()
    plain["models"] = [asdict(each) for each in record.models]
    plain["explanation"] = None if record.explanation is None else asdict(record.explanation)
    places = list(
        _numbers({name: plain[name] for name in ("score", "probability_of_default", "models", "explanation")})
    )
    path = data.draw(st.sampled_from(places))
    plain["degraded"] = [asdict(each) for each in record.degraded]
    changed = json.loads(orjson.dumps(plain))
    at = changed
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = up(at[path[-1]])
    found = replay(ScoreRecord.from_dict(changed), FakeVersions(world.models.values()), HERE)
    assert [each.part for each in found.differences] == [_dotted(path)]


def _numbers(value: Any, path: tuple[Any, ...] = ()) -> Any:
    if isinstance(value, float):
        yield path
    elif isinstance(value, dict | list | tuple):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _numbers(each, (*path, key))


def _dotted(path: tuple[Any, ...]) -> str:
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path)[1:]
