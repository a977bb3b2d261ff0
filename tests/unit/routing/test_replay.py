"""A record is scored again from itself alone: equal to the last digit, or the part is named that is not."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.replay import Replayed, explained, replay
from routing.requests import Scored, ScoringRequest
from routing.routes import Challenger, Route, Routes
from routing.service import ScoringService
from scoring.decision import Policy
from scoring.errors import ModelUnavailable, Unavailable
from scoring.features import Feature
from scoring.record import Degradation, ErasedRecord, ScoreRecord
from scoring.scale import ScoreScale
from tests.fakes.house import BOTH, NEW, House
from tests.fakes.models import FakeModel, FakeModels, FakeVersions
from tests.fakes.records import a_record
from tests.fakes.table import MemoryOutbox, MemoryTable

HERE = {"code": "test"}
NAMES = ("m1", "m2", "m3", "m4")
numbers = st.floats(-4, 4)


def as_stored(record: ScoreRecord) -> ScoreRecord:
    """The record after it was written as JSON and read again."""
    return ScoreRecord.from_dict(json.loads(orjson.dumps(record.values())))


# ------------------------------------------------------------ every record that the service makes


@dataclass
class World:
    """Routes of any shape, models of any behaviour, and customers."""

    routes: Routes
    models: dict[str, FakeModel]
    away: set[str]
    requests: list[ScoringRequest]
    known: set[str]


@st.composite
def models(draw: st.DrawFn, name: str, version: str) -> FakeModel:
    """A model of one to three features, one of them perhaps missing or protected; now and then its output is no use."""
    slopes, base = draw(st.lists(numbers, min_size=1, max_size=3)), draw(numbers)
    breaks = draw(st.sampled_from([math.inf, math.inf, 3.0]))
    features = [
        Feature(f"{name}_{i}", required=i > 0, protected=draw(st.booleans()), reason=f"reason {i}")
        for i in range(len(slopes))
    ]

    def score(row: tuple[float, ...]) -> float:
        held = [0.0 if math.isnan(each) else each for each in row]
        return math.nan if held[0] > breaks else base + math.fsum(a * b for a, b in zip(slopes, held, strict=True))

    return FakeModel(name, features, score, version, (draw(numbers), draw(numbers)))


@st.composite
def shares(draw: st.DrawFn, names: list[str]) -> tuple[float, ...]:
    weights = draw(st.lists(st.floats(0.01, 10), min_size=len(names), max_size=len(names)))
    total = math.fsum(weights)
    return tuple(each / total for each in weights)


@st.composite
def routes(draw: st.DrawFn, name: str) -> Route:
    order = draw(st.permutations(NAMES))
    cut = draw(st.integers(1, 4))
    own, others = order[:cut], order[cut:]
    champion = Route(name, tuple(own), draw(shares(own)), "own")
    if others and bool(draw(st.booleans())):
        rest = draw(shares(others))
        fallback = Route(f"{name}.fallback", tuple(others), rest, "fallen")
        champion = replace(champion, fallback=fallback)
    if draw(st.booleans()):
        tried = [each + draw(st.sampled_from(["", "@b"])) for each in draw(st.permutations(NAMES))[:2]]
        trial = Route(f"{name}.challenger", tuple(tried), draw(shares(tried)), "own", champion)
        return replace(champion, challenger=Challenger(trial, draw(st.sampled_from([0.5, 1.0]))))
    return champion


@st.composite
def worlds(draw: st.DrawFn) -> World:
    every = {name: draw(models(name, "1")) for name in NAMES}
    every |= {f"{name}@b": draw(models(name, "2")) for name in NAMES}
    policy = Policy(approve_from=draw(st.sampled_from([500.0, 640.0])), refer_from=480.0)
    scale = ScoreScale(pdo=draw(st.sampled_from([20.0, 50.0])))
    declared = Routes(scale, policy, {kind: draw(routes(f"routes.{kind}")) for kind in ("existing", "new")})
    requests = []
    for i in range(draw(st.integers(1, 4))):
        inputs = {}
        for name in NAMES:
            values = {each: draw(numbers) for each in every[name].schema.names}
            if draw(st.booleans()):
                values.pop(f"{name}_0")
            if draw(st.integers(0, 5)):
                inputs[name] = values
        requests.append(ScoringRequest(f"C{i}", inputs, draw(st.booleans())))
    away = set(draw(st.lists(st.sampled_from(sorted(every)), max_size=3)))
    return World(declared, every, away, requests, set(draw(st.lists(st.sampled_from(["C0", "C1"])))))


def records_of(world: World) -> list[ScoreRecord]:
    store, table = FakeModels(world.models), MemoryTable()
    for name in world.away:
        store.take_away(name)
    for customer in world.known:
        table.customers[customer] = {}
    service = ScoringService(world.routes, store, table, MemoryOutbox(), provenance=HERE)
    outcomes = service.predict_many(world.requests)
    return [each.record for each in outcomes if isinstance(each, Scored)]


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


# ------------------------------------------------------------ every change

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
    assert "this version is not in the store" in found.reason


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


# ------------------------------------------------------------ the other ends


def test_a_version_that_is_gone_is_named() -> None:
    house = House()
    record = house.predict(**NEW).record
    house.versions.forget("xgboost")
    found = replay(record, house.versions, HERE)
    assert found.result == "cannot"
    assert found.reason == f"xgboost 1 ({house.xgboost.digest[:12]}): this version is not in the store"
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
