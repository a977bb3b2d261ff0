"""Cards say what was measured; validation sets are the customers it was measured on."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from evaluation.discrimination import auc
from evaluation.probability import brier
from model_store.card import CARD, read_card
from model_store.validation import MOST_ROWS, VALIDATION, ValidationSet
from tests.fakes.routes import ROUTES
from training.dataset import Dataset, Inputs, Rows, Shares, split
from training.demo import WORDS
from training.evidence import Evidence, evidence, validation_sets
from training.population import population
from training.train import Trained, train

DRAWN = population(6_000, 4)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(DRAWN.dataset, ROUTES, seed=4, shares=Shares(), say=lambda _: None)


@pytest.fixture(scope="module")
def made(trained: Trained) -> Evidence:
    return evidence(trained, DRAWN.dataset, ROUTES, WORDS, "made up", 4)


@pytest.mark.parametrize("model", ["traditional", "social", "xgboost"])
def test_a_cards_figures_are_those_of_the_model_on_its_validation_set(
    trained: Trained, made: Evidence, model: str
) -> None:
    card, held = made.cards[model], made.sets[model]
    of_model = trained.models[model]
    alone = of_model.calibration.alone(of_model.calibration.served(of_model.fitted.log_odds(held.rows)))
    area = auc(held.defaulted, alone)
    assert (card.metrics["auc"].value, card.metrics["auc"].low, card.metrics["auc"].high) == pytest.approx(
        (area.value, area.low, area.high)
    )
    assert card.metrics["brier"].value == pytest.approx(brier(held.defaulted, expit(alone)))
    assert (
        card.metrics["auc"].measured_on
        == "900 customers held back, drawn at random (seed 4), scored by this model alone"
    )
    assert card.training.features == tuple(of_model.inputs.names)
    assert (card.data.rows, card.data.source) == (6_000, "made up")
    assert card.data.default_rate == DRAWN.dataset.defaulted.mean()


def test_a_card_holds_the_figures_and_the_80_percent_test_of_its_route(trained: Trained, made: Evidence) -> None:
    for model, route in (("traditional", "existing"), ("social", "existing"), ("xgboost", "new")):
        card = made.cards[model]
        assert card.metrics["route_auc"].value == pytest.approx(trained.measured.routes[route]["auc"])
        assert [(each.attribute, each.decided_by) for each in card.fairness] == [
            ("sex", f"routes.{route}"),
            ("age_group", f"routes.{route}"),
        ]
        assert sum(group.n for group in card.fairness[0].groups) == 900


def test_a_model_that_shares_a_route_says_what_its_score_is_worth(made: Evidence) -> None:
    told = " ".join(made.cards["traditional"].limits)
    assert "Together with social it gives the score of routes.existing" in told
    assert "Together with" not in " ".join(made.cards["xgboost"].limits)


def test_sets_of_one_training_are_the_same_customers_in_the_same_order(trained: Trained, made: Evidence) -> None:
    assert len({each.sample for each in made.sets.values()}) == 1
    for name, held in made.sets.items():
        assert np.array_equal(held.rows, DRAWN.dataset.inputs[name].rows[trained.parts.test])
        assert np.array_equal(held.sensitive["sex"], DRAWN.dataset.sensitive["sex"][trained.parts.test])


def test_the_same_customers_have_the_same_name_whatever_is_looked_at_of_them(made: Evidence) -> None:
    inputs = DRAWN.dataset.inputs
    fewer = Dataset(
        {"social": Inputs(inputs["social"].features[:2], inputs["social"].rows[:, :2])}, DRAWN.dataset.defaulted
    )
    held_out = split(DRAWN.dataset.defaulted, Shares(), 4).test
    assert validation_sets(fewer, held_out, 4)["social"].sample == made.sets["social"].sample


@pytest.mark.parametrize(("seed", "rows"), [(5, np.arange(900)), (4, np.arange(1, 901)), (4, np.arange(899))])
def test_other_customers_have_another_name(seed: int, rows: Rows) -> None:
    name = validation_sets(DRAWN.dataset, np.arange(900), 4)["social"].sample
    assert validation_sets(population(6_000, seed).dataset, rows, 4)["social"].sample != name


def test_of_many_customers_some_are_drawn_and_they_are_the_same_for_every_model() -> None:
    many = population(MOST_ROWS + 500, 1).dataset
    sets = validation_sets(many, np.arange(MOST_ROWS + 500), 1)
    assert {len(each.rows) for each in sets.values()} == {MOST_ROWS}
    assert len({each.sample for each in sets.values()}) == 1


def test_both_lie_beside_the_native_files(made: Evidence, tmp_path: Path) -> None:
    for name in made.cards:
        (tmp_path / name).mkdir()
    made.write(tmp_path)
    for name, card in made.cards.items():
        assert read_card((tmp_path / name / CARD).read_bytes()) == card
        held = ValidationSet.from_bytes((tmp_path / name / VALIDATION).read_bytes())
        assert np.array_equal(held.rows, made.sets[name].rows)
