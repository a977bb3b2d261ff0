"""Contributions add up to the output, obey Shapley's axioms, and are those of the library shap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explanation.lab import shapley
from explanation.lab.arrays import Floats, sample
from explanation.lab.served import Served
from explanation.lab.shapley import ADDITIVE, DRAWN, ENUMERATED, TREES, Explained, explain
from scoring.errors import ModelUnavailable
from tests.fakes import explained as fakes
from tests.fakes.libraries import shap

PLENTY = 10**6
KINDS = ("additive", "boxes", "tangled")


def a_model(kind: str, features: int, seed: int, gaps: float = 0.0, rows: int = 12) -> Served:
    background = fakes.customers(rows, features, seed, gaps)
    if kind == "boxes":
        found, function = fakes.boxes(features, 20, seed)
        return fakes.served(function, background, boxes=found)
    function = fakes.additive(features, seed) if kind == "additive" else fakes.tangled(features, seed)
    return fakes.served(function, background, is_additive=kind == "additive")


def adds_up(found: Explained) -> bool:
    return np.allclose(found.base + found.contributions.sum(axis=1), found.outputs, rtol=1e-9, atol=1e-9)


@settings(max_examples=40)
@given(st.sampled_from(KINDS), st.integers(2, 14), st.integers(0, 10_000), st.sampled_from([0.0, 0.2]))
def test_base_and_contributions_are_the_output(kind: str, features: int, seed: int, gaps: float) -> None:
    model = a_model(kind, features, seed, gaps)
    found = explain(model, fakes.customers(3, features, seed + 1, gaps), 3_000, seed)
    assert adds_up(found)
    assert np.array_equal(found.outputs, model.log_odds(fakes.customers(3, features, seed + 1, gaps)))
    assert found.base == model.log_odds(model.background).mean()


@pytest.mark.parametrize(("kind", "method"), [("additive", ADDITIVE), ("boxes", TREES), ("tangled", ENUMERATED)])
@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_a_formula_gives_what_all_coalitions_give(kind: str, method: str, gaps: float) -> None:
    model = a_model(kind, 6, 3, gaps)
    rows = fakes.customers(4, 6, 9, gaps)
    found = explain(model, rows, PLENTY, 0)
    plain = explain(fakes.served(model.log_odds, model.background), rows, PLENTY, 0)
    assert set(found.methods) == {method}
    assert set(plain.methods) == {ENUMERATED}
    assert found.is_exact
    np.testing.assert_allclose(found.contributions, plain.contributions, rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_the_contributions_are_those_of_shaps_exact_explainer(kind: str) -> None:
    model = a_model(kind, 7, 5, rows=20)
    rows = fakes.customers(3, 7, 6)
    masker = shap().maskers.Independent(model.background, max_samples=len(model.background))
    theirs = shap().explainers.Exact(lambda given: model.log_odds(given), masker)(rows)
    ours = explain(model, rows, PLENTY, 0)
    np.testing.assert_allclose(ours.contributions, theirs.values, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.base, theirs.base_values, rtol=0, atol=1e-9)


def test_of_a_line_they_are_those_of_shaps_linear_explainer() -> None:
    coefficients, background = np.array([0.5, -2.0, 0.0, 1.25]), fakes.customers(30, 4, 1)
    model = fakes.served(lambda rows: np.asarray(rows @ coefficients - 0.3), background, is_additive=True)
    rows = fakes.customers(5, 4, 2)
    masker = shap().maskers.Independent(background, max_samples=len(background))
    theirs = shap().LinearExplainer((coefficients, -0.3), masker).shap_values(rows)
    np.testing.assert_allclose(explain(model, rows, PLENTY, 0).contributions, theirs, rtol=0, atol=1e-9)


def test_features_that_do_the_same_get_the_same() -> None:
    background = fakes.customers(15, 3, 0)
    background[:, 1] = background[:, 0]
    model = fakes.served(lambda rows: np.asarray(rows[:, 0] * rows[:, 1] + rows[:, 2]), background)
    [first, second, _] = explain(model, np.array([[0.7, 0.7, 1.0]]), PLENTY, 0).contributions[0]
    assert first == pytest.approx(second, abs=1e-12)


@pytest.mark.parametrize("evaluations", [PLENTY, 100])
def test_a_feature_that_does_nothing_gets_nothing(evaluations: int) -> None:
    model = fakes.served(lambda rows: np.asarray(np.tanh(rows[:, 0] * rows[:, 2])), fakes.customers(15, 3, 0))
    found = explain(model, fakes.customers(4, 3, 1), evaluations, 0)
    assert found.is_exact == (evaluations == PLENTY)
    assert not found.contributions[:, 1].any()


def test_contributions_of_a_sum_of_two_models_are_sums() -> None:
    background, rows = fakes.customers(10, 4, 0), fakes.customers(3, 4, 1)
    one, two = fakes.tangled(4, 1), fakes.tangled(4, 2)
    [a, b, both] = [
        explain(fakes.served(function, background), rows, PLENTY, 0).contributions
        for function in (one, two, lambda given: one(given) + two(given))
    ]
    np.testing.assert_allclose(a + b, both, rtol=0, atol=1e-9)


def test_a_model_that_is_no_such_sum_as_was_said_is_scored_instead() -> None:
    background, rows = fakes.customers(10, 4, 0), fakes.customers(3, 4, 1)
    honest = fakes.served(fakes.tangled(4, 1), background)
    found, _ = fakes.boxes(4, 20, 1)
    for lying in (
        fakes.served(fakes.tangled(4, 1), background, is_additive=True),
        fakes.served(fakes.tangled(4, 1), background, boxes=found),
    ):
        ours = explain(lying, rows, PLENTY, 0)
        assert set(ours.methods) == {ENUMERATED}
        np.testing.assert_array_equal(ours.contributions, explain(honest, rows, PLENTY, 0).contributions)


def test_what_is_drawn_is_repeatable_near_the_exact_and_as_sure_as_it_says() -> None:
    model = a_model("tangled", 8, 2, rows=20)
    rows = fakes.customers(6, 8, 5)
    exact = explain(model, rows, PLENTY, 0)
    drawn = [explain(model, rows, 4_000, seed) for seed in range(12)]
    again = explain(model, rows, 4_000, 0)
    assert set(drawn[0].methods) == {DRAWN}
    np.testing.assert_array_equal(drawn[0].contributions, again.contributions)
    np.testing.assert_array_equal(drawn[0].errors, again.errors)
    misses: Floats = np.array([each.contributions - exact.contributions for each in drawn])
    errors: Floats = np.array([each.errors for each in drawn])
    assert np.sqrt((misses**2).mean()) == pytest.approx(np.sqrt((errors**2).mean()), rel=0.25)


def test_more_evaluations_leave_less_error() -> None:
    model, rows = a_model("tangled", 12, 2), fakes.customers(2, 12, 5)
    few, many = explain(model, rows, 1_000, 0), explain(model, rows, 40_000, 0)
    assert set(few.methods) == set(many.methods) == {DRAWN}
    assert many.errors.max() < few.errors.max() / 3


def test_an_applicant_like_everybody_else_gets_nothing_at_all() -> None:
    row = np.array([1.0, np.nan, 2.0])
    model = fakes.served(fakes.tangled(3, 0), np.tile(row, (5, 1)))
    found = explain(model, row[None, :], 100, 0)
    assert not found.contributions.any()
    assert found.base == found.outputs[0]


def test_a_model_that_gives_no_number_is_unavailable() -> None:
    model = fakes.served(lambda rows: np.full(len(rows), np.nan), fakes.customers(3, 2, 0))
    with pytest.raises(ModelUnavailable):
        explain(model, fakes.customers(1, 2, 1), 100, 0)


def test_a_sample_is_drawn_once_from_a_seed_and_keeps_the_order() -> None:
    rows = np.arange(40.0)[:, None]
    drawn = sample(rows, 10, 3)
    assert len(drawn) == 10
    assert (np.diff(drawn[:, 0]) > 0).all()
    np.testing.assert_array_equal(drawn, sample(rows, 10, 3))
    assert not np.array_equal(drawn, sample(rows, 10, 4))
    assert sample(rows, 40, 0) is rows


def test_rounding_is_shared_in_proportion() -> None:
    shared = shapley.completed(np.array([[3.0, -1.0, 0.0]]), np.array([2.4]))
    np.testing.assert_allclose(shared, [[3.3, -0.9, 0.0]])
