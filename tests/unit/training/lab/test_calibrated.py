from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.cost import business_cost
from laboratory.plan import CostWeights
from training.lab.calibrated import LOWEST_SLOPE, calibration, figures, fold_figures, pd_of, threshold

ROWS = st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.9])), min_size=1, max_size=30)


@given(ROWS, st.floats(0, 20), st.floats(0.1, 5))
def test_no_other_threshold_is_cheaper(rows: list[tuple[bool, float]], fn: float, fp: float) -> None:
    defaulted = np.array([float(bad) for bad, _ in rows])
    pd = np.array([value for _, value in rows])
    found = threshold(defaulted, pd, CostWeights(fn, fp))

    def cost(at: float) -> float:
        return business_cost(defaulted, (pd < at).astype(float), fn, fp)

    assert cost(found) <= min(cost(at) for at in (0.0, 0.05, 0.15, 0.25, 0.4, 0.7, 1.0)) + 1e-9


def test_where_nobody_is_worth_refusing_nobody_is() -> None:
    assert threshold(np.zeros(3), np.array([0.1, 0.2, 0.9]), CostWeights()) == 1.0


def test_a_line_finds_what_was_done_to_the_log_odds() -> None:
    draw = np.random.default_rng(0)
    true = draw.normal(-1, 1.5, 20_000)
    defaulted = (draw.random(20_000) < 1 / (1 + np.exp(-true))).astype(float)
    intercept, slope = calibration(defaulted, 2 * true + 3)
    assert (intercept, slope) == pytest.approx((-1.5, 0.5), abs=0.06)


def test_a_model_that_ranks_the_wrong_way_is_not_turned_around() -> None:
    defaulted = np.array([0.0, 1.0] * 50)
    log_odds = np.where(defaulted == 1, -1.0, 1.0) + np.random.default_rng(0).normal(size=100)
    assert calibration(defaulted, log_odds)[1] == pytest.approx(LOWEST_SLOPE)


@pytest.mark.parametrize("gap", [0.0, 0.1])
def test_a_model_without_a_mistake_is_not_taken_at_its_word(gap: float) -> None:
    """Also where the riskiest who paid and the safest who defaulted have the same log-odds."""
    log_odds = np.concatenate([np.linspace(-3, -gap, 20), np.linspace(gap, 3, 20)])
    assert calibration(np.repeat([0.0, 1.0], 20), log_odds)[1] < 3


def test_a_constant_model_is_given_the_default_rate() -> None:
    defaulted = np.array([0.0, 0.0, 0.0, 1.0])
    line = calibration(defaulted, np.full(4, 2.0))
    assert pd_of(line, np.array([2.0])) == pytest.approx(0.25, abs=1e-6)


def test_a_fold_is_calibrated_and_judged_by_the_other_folds() -> None:
    """The first fold's model is overconfident; its own outcomes must not repair that, only the others' may."""
    draw = np.random.default_rng(1)
    true = [draw.normal(-1, 1, 500) for _ in range(3)]
    defaulted = [(draw.random(500) < 1 / (1 + np.exp(-each))).astype(float) for each in true]
    said = [3 * true[0], true[1], true[2]]
    found = fold_figures(defaulted, said, CostWeights())
    line = calibration(np.concatenate(defaulted[1:]), np.concatenate(said[1:]))
    others = pd_of(line, np.concatenate(said[1:]))
    at = threshold(np.concatenate(defaulted[1:]), others, CostWeights())
    expected = figures(defaulted[0], pd_of(line, said[0]), at, CostWeights())
    assert len(found) >= 14
    assert {name: values[0] for name, values in found.items()} == {name: expected[name] for name in found}
    assert found["brier"][0] > max(found["brier"][1:])


def test_a_figure_that_some_rows_cannot_have_is_left_out() -> None:
    found = figures(np.array([0.0, 1.0]), np.array([0.1, 0.2]), 0.5, CostWeights())
    assert "precision" not in found
    assert found["recall"] == 0.0
