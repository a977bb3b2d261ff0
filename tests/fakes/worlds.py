"""Every world that a scoring service may live in, drawn at random: routes, models, customers, and its records."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace

import orjson
from hypothesis import strategies as st

from routing.requests import Scored, ScoringRequest
from routing.routes import Challenger, Route, Routes
from routing.service import ScoringService
from scoring.decision import Policy
from scoring.features import Feature
from scoring.record import ScoreRecord
from scoring.scale import ScoreScale
from tests.fakes.models import FakeModel, FakeModels
from tests.fakes.outbox import MemoryOutbox
from tests.fakes.table import MemoryTable

HERE = {"code": "test"}
"""What computes, as `tests.fakes.house` says, too."""
NAMES = ("m1", "m2", "m3", "m4")
numbers = st.floats(-4, 4)


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
    """What its service writes down."""
    store, table = FakeModels(world.models), MemoryTable()
    for name in world.away:
        store.take_away(name)
    for customer in world.known:
        table.customers[customer] = {}
    service = ScoringService(world.routes, store, table, MemoryOutbox(), provenance=HERE)
    outcomes = service.predict_many(world.requests)
    return [each.record for each in outcomes if isinstance(each, Scored)]


def as_stored(record: ScoreRecord) -> ScoreRecord:
    """The record after it was written as JSON and read again."""
    return ScoreRecord.from_dict(json.loads(orjson.dumps(record.values())))
