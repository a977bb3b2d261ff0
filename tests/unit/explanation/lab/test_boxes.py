"""A sum of trees taken apart by its leaves: what enumerating says, and what TreeSHAP says of the native model."""

from __future__ import annotations

from collections.abc import Callable

import lightgbm
import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st

from explanation.lab.arrays import Floats
from explanation.lab.boxes import Boxes
from explanation.lab.coalitions import coalitions, interactions, shapley
from model_store.arrays import ArraysError
from model_store.compile import trees, xgboost_files
from model_store.compile.lightgbm_text import read_text
from tests.fakes import explained as fakes
from tests.fakes.libraries import shap

FEATURES = 5


def games(function: fakes.Function, row: Floats, background: Floats) -> Floats:
    """The values of all coalitions of the features."""
    held = coalitions(row.size)
    mixed = np.where(held[:, None, :], row, background)
    values = function(mixed.reshape(-1, row.size)).reshape(len(held), -1).mean(axis=1)
    return np.asarray(values)


@settings(max_examples=30)
@given(st.integers(1, 6), st.integers(1, 30), st.integers(0, 10_000))
def test_leaves_give_what_all_coalitions_give(features: int, leaves: int, seed: int) -> None:
    found, function = fakes.boxes(features, leaves, seed)
    background, [row] = fakes.customers(4, features, seed, 0.2), fakes.customers(1, features, seed + 1, 0.2)
    game = games(function, row, background)
    np.testing.assert_allclose(found.contributions(row[None, :], background)[0], shapley(game), rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.interactions(row, background), interactions(game), rtol=0, atol=1e-9)


def test_more_features_than_a_word_has_bits() -> None:
    found, function = fakes.boxes(70, 200, 1)
    rows, background = fakes.customers(2, 70, 3, 0.1), fakes.customers(5, 70, 2, 0.1)
    sums = found.contributions(rows, background).sum(axis=1)
    np.testing.assert_allclose(sums, function(rows) - function(background).mean(), rtol=0, atol=1e-9)


def a_table() -> tuple[Floats, Floats]:
    rows = fakes.customers(300, FEATURES, 0).astype(np.float32).astype(np.float64)  # what 32-bit trees see is the same
    return rows, (fakes.tangled(FEATURES, 1)(rows) > 0).astype(np.float64)


def an_xgboost() -> tuple[object, trees.Trees]:
    rows, defaulted = a_table()
    model = xgboost.XGBClassifier(n_estimators=12, max_depth=3, n_jobs=1, random_state=0).fit(rows, defaulted)
    loaded = xgboost_files.from_booster(model.get_booster(), "model.json")
    assert loaded.closed_form is not None
    assert isinstance(loaded.closed_form.form, trees.Trees)
    return model, loaded.closed_form.form


def a_lightgbm() -> tuple[object, trees.Trees]:
    rows, defaulted = a_table()
    parameters = {"objective": "binary", "num_leaves": 8, "num_threads": 1, "verbosity": -1, "seed": 0}
    booster = lightgbm.train(parameters, lightgbm.Dataset(rows, defaulted), num_boost_round=12)
    return booster, read_text(booster.model_to_string()).trees


@pytest.mark.parametrize("make", [an_xgboost, a_lightgbm])
def test_the_contributions_are_those_of_shaps_tree_explainer(make: Callable[[], tuple[object, trees.Trees]]) -> None:
    native, ours = make()
    leaves = trees.boxes(ours, FEATURES)
    found = Boxes(leaves.value, leaves.low, leaves.high, leaves.missing)
    rows, background = a_table()[0][:6], a_table()[0][200:240]
    explainer = shap().TreeExplainer(native, background, feature_perturbation="interventional", model_output="raw")
    theirs = explainer.shap_values(rows)
    # shap keeps a tree's leaves and thresholds in the 32 bits that the library trained them in.
    np.testing.assert_allclose(found.contributions(rows, background), theirs, rtol=0, atol=2e-6)


def test_a_file_that_holds_no_boxes_is_refused() -> None:
    with pytest.raises(ArraysError):
        Boxes.from_bytes(b"no file of arrays", 3)
