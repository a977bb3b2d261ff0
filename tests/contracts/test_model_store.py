"""What every model store and its models must do: run on converted and native bundles, and on the fakes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from model_store.store import LoadedModels
from routing.ports import ModelStore
from scoring.errors import ModelUnavailable
from scoring.features import Row
from scoring.scale import ScoreScale
from tests.fakes.artifacts import MemoryArtifacts
from tests.fakes.bundles import FakeCompiler, FakeNativeScorers, model_json
from tests.fakes.models import FakeModel, FakeModels

ROWS: list[Row] = [(0.0, 0.0), (1.0, -2.0), (4.0, 3.0), (-0.5, 8.0)]


def log_odds(row: Row) -> float:
    return 0.5 * row[0] - 0.25 * row[1] - 1.0


@dataclass
class Case:
    """A store in which "social" scores as `log_odds` does, and `lose` makes another one that cannot reach it."""

    store: ModelStore
    lose: Callable[[], ModelStore]


def _loaded(tmp_path: Path, is_native: bool) -> Iterator[Case]:
    artifacts = MemoryArtifacts()
    artifacts.put("social/model.json", model_json(0.5, -0.25, intercept=-1.0, native=is_native))

    def store(of: MemoryArtifacts, cache: str) -> LoadedModels:
        made = LoadedModels(
            of,
            ["social"],
            tmp_path / cache,
            compile_native=FakeCompiler(),
            native_scorer=FakeNativeScorers(),
            scale=ScoreScale(),
        )
        made.refresh("social")
        return made

    models = store(artifacts, "cache")
    yield Case(models, lambda: store(MemoryArtifacts(), "another cache"))
    models.close()


def _fake() -> Iterator[Case]:
    fakes = FakeModels({"social": FakeModel("social", ["f0", "f1"], log_odds)})

    def lose() -> ModelStore:
        fakes.take_away("social")
        return fakes

    yield Case(fakes, lose)


@pytest.fixture(params=["converted", "native", "fake"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    yield from _fake() if request.param == "fake" else _loaded(tmp_path, request.param == "native")


def test_a_batch_scores_in_order_as_its_rows_do_one_by_one(case: Case) -> None:
    model = case.store.get("social")
    expected = [log_odds(row) for row in ROWS]
    assert list(model.score(ROWS)) == pytest.approx(expected, abs=1e-6)
    assert [model.score([row])[0] for row in ROWS] == pytest.approx(expected, abs=1e-6)
    assert list(model.score(ROWS)) == list(model.score(ROWS))


def test_an_attribution_follows_the_features_and_adds_up(case: Case) -> None:
    model = case.store.get("social")
    found = model.attribute((2.0, 4.0))
    assert found == model.attribute((2.0, 4.0))
    assert found.contributions == pytest.approx((1.0, -1.0), abs=1e-6)
    assert found.base + math.fsum(found.contributions) == pytest.approx(model.score([(2.0, 4.0)])[0], abs=1e-12)
    assert found.method
    assert found.reference


def test_a_model_says_what_it_is(case: Case) -> None:
    model, (status,) = case.store.get("social"), case.store.status()
    assert model.name == "social"
    assert model.schema.names == ("f0", "f1")
    assert model.alone == (0.0, 1.0)
    assert re.fullmatch(r"[0-9a-f]{64}", model.digest)
    assert (status.loaded, status.version, status.digest) == (True, model.version, model.digest)
    assert status.source == "store"
    assert status.served in ("onnx", "native")
    assert status.problem is None


def test_a_model_out_of_reach_is_unavailable_with_a_reason(case: Case) -> None:
    store = case.lose()
    with pytest.raises(ModelUnavailable) as caught:
        store.get("social")
    (status,) = store.status()
    assert (caught.value.model, caught.value.reason) == ("social", status.problem)
    assert not status.loaded
    assert status.version is None


def test_a_name_that_is_no_models_is_unavailable(case: Case) -> None:
    with pytest.raises(ModelUnavailable):
        case.store.get("unheard_of")
