"""What a service says of the models that it serves."""

from __future__ import annotations

import math
from dataclasses import asdict, replace

import numpy as np
import pytest

from model_store.importance import FEWEST_ROWS, FORMULAS, MOST_ROWS, most_rows
from model_store.signing import SigningKey
from model_store.validation import ValidationSet
from routing.catalog import ModelCatalog, UnknownModel
from scoring.errors import ModelUnavailable
from scoring.scale import ScoreScale
from tests.fakes.bundles import model_json
from tests.fakes.cards import card
from tests.fakes.machine import NAME, Machine

ROWS = np.random.default_rng(4).normal(size=(1000, 2))


def validation(rows: object = ROWS) -> bytes:
    given = np.array(rows)
    return ValidationSet(given, np.zeros(len(given)), {}, "a sample").to_bytes()


def test_a_description_is_the_bundles_own(machine: Machine) -> None:
    key = SigningKey.generate(machine.disk / "key.pem")
    machine.keep(model_json(0.5, -0.25), "1", key=key, card_json=card().to_bytes())
    machine.promote(social="1")
    models = machine.models()
    models.refresh()
    catalog: ModelCatalog = models
    found = catalog.describe(NAME)
    assert found.status == models.status()[0]
    assert [feature.name for feature in found.features] == ["f0", "f1"]
    assert (found.output, found.framework) == ("probability_of_default", "made-up")
    assert found.card == card().model_dump(mode="json")
    assert found.signed_by == key.key_id
    assert found.library_versions == {"made-up": "1"}


def test_a_bundle_without_a_card_says_so(machine: Machine) -> None:
    machine.put_flat(model_json(0.5, -0.25))
    models = machine.models()
    models.refresh()
    assert (models.describe(NAME).card, models.describe(NAME).signed_by) == (None, None)


def test_a_name_that_no_route_uses_is_unknown_and_one_without_a_model_unavailable(machine: Machine) -> None:
    models = machine.models()
    for ask in (models.describe, models.importance):
        with pytest.raises(UnknownModel):
            ask("unheard_of")
        with pytest.raises(ModelUnavailable, match="is not loaded yet"):
            ask(NAME)


def test_importance_is_the_mean_size_of_contributions_over_validation_rows(machine: Machine) -> None:
    machine.keep(model_json(0.1, -2.0), "1", validation_npz=validation())
    machine.promote(social="1")
    models = machine.models()
    models.refresh()
    found = models.importance(NAME)
    assert [each.feature for each in found] == ["f1", "f0"]
    assert {each.rows for each in found} == {MOST_ROWS}
    chosen = ROWS[np.linspace(0, 999, MOST_ROWS).round().astype(int)]
    assert found[0].log_odds == pytest.approx(2.0 * np.abs(chosen[:, 1]).mean())
    assert found[1].log_odds == pytest.approx(0.1 * np.abs(chosen[:, 0]).mean())
    for each in found:
        assert each.points == pytest.approx(each.log_odds * ScoreScale().pdo / math.log(2))


def test_importance_is_computed_once_for_a_bundle(machine: Machine) -> None:
    machine.publish(model_json(0.5, -0.25), "1")
    models = machine.models()
    models.refresh()
    first = models.importance(NAME)
    assert {each.rows for each in first} == {16}, "the golden rows, where there is no validation set"
    assert models.importance(NAME) is first
    machine.publish(model_json(0.5, -2.5), "2")
    models.refresh()
    assert [asdict(each) for each in models.importance(NAME)] != [asdict(each) for each in first]


def test_a_validation_set_of_another_width_is_not_used(machine: Machine) -> None:
    machine.keep(model_json(0.1, -2.0), "1", validation_npz=validation(ROWS[:, :1]))
    machine.promote(social="1")
    models = machine.models()
    models.refresh()
    assert {each.rows for each in models.importance(NAME)} == {16}


def test_rows_that_have_no_attribution_do_not_count(machine: Machine) -> None:
    rows = np.array([[1.0, 1.0], [math.nan, 1.0], [3.0, 1.0]])
    machine.keep(model_json(1.0, -1.0), "1", validation_npz=validation(rows))
    machine.promote(social="1")
    models = machine.models()
    models.refresh()
    found = models.importance(NAME)
    assert [(each.feature, each.rows) for each in found] == [("f0", 2), ("f1", 2)]
    assert [each.log_odds for each in found] == pytest.approx([2.0, 1.0])


@pytest.mark.parametrize(("features", "rows"), [(3, MOST_ROWS), (12, 48), (20, 74), (500, FEWEST_ROWS)])
def test_models_without_a_formula_are_taken_apart_on_fewer_rows(machine: Machine, features: int, rows: int) -> None:
    machine.publish(model_json(*[0.1] * features), "1")
    models = machine.models()
    models.refresh()
    loaded = models._standings[NAME].loaded
    assert loaded is not None
    assert most_rows(loaded) == MOST_ROWS
    files = {name: entry for name, entry in loaded.manifest.files.items() if name not in FORMULAS}
    assert most_rows(replace(loaded, manifest=loaded.manifest.model_copy(update={"files": files}))) == rows
