"""Interactions: the matrix adds up to the output, is shap's own, and is empty where nothing interacts."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeRegressor

from explanation.lab.arrays import Floats
from explanation.lab.boxes import Boxes
from explanation.lab.coalitions import interactions
from explanation.lab.interactions import REST, interact
from explanation.lab.shapley import ADDITIVE, ENUMERATED, TREES, explain
from model_store.compile.trees import LEAF, Tree, Trees, boxes
from tests.fakes import explained as fakes
from tests.fakes.libraries import shap
from tests.unit.explanation.lab.test_shapley import KINDS, PLENTY, a_model


@settings(max_examples=30)
@given(st.sampled_from(KINDS), st.integers(2, 12), st.integers(0, 10_000), st.sampled_from([0.0, 0.2]))
def test_base_and_matrix_are_the_output(kind: str, features: int, seed: int, gaps: float) -> None:
    model, rows = a_model(kind, features, seed, gaps), fakes.customers(2, features, seed + 1, gaps)
    explained = explain(model, rows, 2_000, seed)
    found = interact(model, rows, explained, 2_000)
    sums = explained.base + found.matrices.sum(axis=(1, 2))
    np.testing.assert_allclose(sums, explained.outputs, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.matrices, found.matrices.transpose(0, 2, 1), rtol=0, atol=1e-9)


@pytest.mark.parametrize(("kind", "method"), [("additive", ADDITIVE), ("pairs", ENUMERATED)])
def test_up_to_pairs_the_matrix_is_that_of_shaps_exact_explainer(kind: str, method: str) -> None:
    # Beyond pairs that explainer gives the Shapley-Taylor index, which shares out triples in another way.
    def pairs(rows: Floats) -> Floats:
        return np.asarray(rows[:, 0] * rows[:, 1] - np.sin(rows[:, 2] * rows[:, 3]) + rows[:, 4])

    is_additive = kind == "additive"
    function = fakes.additive(5, 4) if is_additive else pairs
    model, rows = fakes.served(function, fakes.customers(15, 5, 3), is_additive=is_additive), fakes.customers(2, 5, 8)
    masker = shap().maskers.Independent(model.background, max_samples=len(model.background))
    theirs = shap().explainers.Exact(lambda given: model.log_odds(given), masker)(rows, interactions=True)
    found = interact(model, rows, explain(model, rows, PLENTY, 0), PLENTY)
    assert found.method == method
    np.testing.assert_allclose(found.matrices, theirs.values, rtol=0, atol=1e-9)


@pytest.mark.parametrize("knows_its_leaves", [True, False])
def test_the_matrix_is_that_of_shaps_tree_explainer(knows_its_leaves: bool) -> None:
    # Where every combination occurs equally often, following the tree's paths is the same as replacing values.
    rows = np.array(list(product((0.0, 1.0), repeat=4)))
    target = 3 * rows[:, 0] * rows[:, 1] * rows[:, 2] + rows[:, 3] * rows[:, 0] - 2 * rows[:, 1] + rows[:, 2]
    tree = DecisionTreeRegressor(random_state=0).fit(rows, target)
    made = tree.tree_
    left = np.where(made.children_left < 0, LEAF, made.children_left)
    nowhere = np.zeros(left.size, dtype=np.bool_)
    grown = Tree(left, made.children_right, made.feature, made.threshold, nowhere, made.value[:, 0, 0])
    leaves = boxes(Trees((grown,), 0.0, in_float32=False), 4)
    found = Boxes(leaves.value, leaves.low, leaves.high, leaves.missing) if knows_its_leaves else None
    model = fakes.served(tree.predict, rows, boxes=found)
    theirs = shap().TreeExplainer(tree).shap_interaction_values(rows)
    ours = interact(model, rows, explain(model, rows, PLENTY, 0), PLENTY)
    assert ours.method == (TREES if knows_its_leaves else ENUMERATED)
    np.testing.assert_allclose(ours.matrices, theirs, rtol=0, atol=1e-9)


def test_its_rows_add_up_to_the_contributions() -> None:
    model, rows = a_model("tangled", 6, 4), fakes.customers(2, 6, 8)
    explained = explain(model, rows, PLENTY, 0)
    found = interact(model, rows, explained, PLENTY)
    np.testing.assert_allclose(found.matrices.sum(axis=2), explained.contributions, rtol=0, atol=1e-9)


def test_where_features_are_many_the_least_of_them_act_as_one() -> None:
    model, rows = a_model("tangled", 14, 4), fakes.customers(1, 14, 8)
    explained = explain(model, rows, 5_000, 0)
    found = interact(model, rows, explained, 12 * 64)
    assert found.names[-1] == REST
    assert len(found.names) == 6
    told = {feature.name for feature in model.features}
    assert set(found.names[:-1]) | set(found.together) == told
    sizes = dict(zip(sorted(told, key=lambda name: int(name[1:])), abs(explained.contributions[0]), strict=True))
    assert min(sizes[name] for name in found.names[:-1]) >= max(sizes[name] for name in found.together)


def test_a_product_of_two_is_all_interaction() -> None:
    # v(both) = 1, all other coalitions 0: half of it to each of the pair, and nothing alone.
    matrix = interactions(np.array([0.0, 0.0, 0.0, 1.0]))
    np.testing.assert_allclose(matrix, [[0.0, 0.5], [0.5, 0.0]])
