from __future__ import annotations

import numpy as np
import pytest

from evaluation.arrays import Floats
from laboratory.plan import MODEL_TYPES, ModelType, Plan, Setting
from tests.fakes.tables import bank_table
from training.dataset import TrainingError
from training.lab import fitting
from training.lab.balance import oversampled, weights
from training.lab.fit import train
from training.lab.learners import Lesson, Settings, learner

NAN = float("nan")


def few_defaults(n: int = 400, rate: float = 0.1) -> tuple[Floats, Floats]:
    """Two numbers, the second with gaps among the defaults only, and a code."""
    draw = np.random.default_rng(0)
    defaulted = (np.arange(n) < rate * n).astype(np.float64)
    second = np.where((defaulted == 1) & (draw.random(n) < 0.8), NAN, draw.normal(size=n))
    return np.column_stack([draw.normal(size=n) + 3 * defaulted, second, draw.integers(0, 4, n)]), defaulted


def test_weights_make_both_classes_weigh_the_same_and_sum_to_the_rows() -> None:
    _, defaulted = few_defaults()
    found = weights(defaulted, "weights")
    assert found[defaulted == 1].sum() == pytest.approx(found[defaulted == 0].sum())
    assert found.sum() == pytest.approx(len(defaulted))
    assert set(weights(defaulted, "none")) == {1.0}
    assert set(weights(np.ones(3), "weights")) == {1.0}


def test_synthetic_rows_follow_the_real_ones_and_even_the_classes() -> None:
    rows, defaulted = few_defaults()
    new, outcomes = oversampled(rows, defaulted, [False, False, True], seed=1)
    np.testing.assert_array_equal(new[: len(rows)], rows)
    assert outcomes.sum() * 2 == len(outcomes)
    synthetic = new[len(rows) :]
    bad = rows[defaulted == 1]
    assert bad[:, 0].min() <= synthetic[:, 0].min() <= synthetic[:, 0].max() <= bad[:, 0].max()
    assert set(synthetic[:, 2]) <= set(bad[:, 2]), "a code between two codes means nothing"


def test_synthetic_rows_do_not_depend_on_the_unit_of_a_column() -> None:
    rows, defaulted = few_defaults()
    unit = np.array([1.0, 1e6, 1.0])
    new, _ = oversampled(rows, defaulted, [False, False, True], seed=1)
    in_cents, _ = oversampled(rows * unit, defaulted, [False, False, True], seed=1)
    np.testing.assert_allclose(in_cents, new * unit, rtol=1e-9, atol=1e-9)


def test_synthetic_rows_have_gaps_where_their_neighbours_have_them() -> None:
    rows, defaulted = few_defaults()
    new, _ = oversampled(rows, defaulted, [False, False, True], seed=1)
    share = np.isnan(new[len(rows) :, 1]).mean()
    assert share > 0.6, "a model must not learn that a default is somebody without gaps"


def test_a_gap_in_a_code_stays_a_gap() -> None:
    rows, defaulted = few_defaults()
    rows[defaulted == 1, 2] = NAN
    new, _ = oversampled(rows, defaulted, [False, False, True], seed=1)
    assert np.isnan(new[len(rows) :, 2]).all()


@pytest.mark.parametrize("is_code", [[False, False], [True, True]])
def test_numbers_alone_and_codes_alone_are_oversampled(is_code: list[bool]) -> None:
    draw = np.random.default_rng(0)
    rows = draw.integers(0, 5, (100, 2)).astype(np.float64)
    new, outcomes = oversampled(rows, (np.arange(100) < 20).astype(np.float64), is_code, seed=1)
    assert len(new) == len(outcomes) == 160


def test_a_class_of_one_cannot_be_oversampled() -> None:
    with pytest.raises(TrainingError, match="at least two customers of each class"):
        oversampled(np.zeros((9, 1)), (np.arange(9) < 1).astype(np.float64), [False], seed=1)


@pytest.mark.parametrize("model_type", MODEL_TYPES)
def test_no_held_out_row_and_none_that_stops_a_fit_has_a_part_in_a_synthetic_one(
    model_type: ModelType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Incomes are unique, so they say which rows were oversampled, fitted on and held out."""
    sampled, stopping, scored = [], [], []
    module = learner(model_type)

    def recorded_sample(rows: Floats, defaulted: Floats, is_code: list[bool], seed: int) -> tuple[Floats, Floats]:
        sampled.append(set(rows[:, 0]))
        return oversampled(rows, defaulted, is_code, seed)

    def recorded_scores(self: fitting.Fit, rows: Floats) -> Floats:
        scored.append(set(rows[:, 0]))
        return original(self, rows)

    original_fit, original = module.fit, fitting.Fit.log_odds

    def recorded_fit(lesson: Lesson, settings: Settings) -> object:
        stopping.append(lesson)
        return original_fit(lesson, settings)

    monkeypatch.setattr(fitting, "oversampled", recorded_sample)
    monkeypatch.setattr(fitting.Fit, "log_odds", recorded_scores)
    monkeypatch.setattr(module, "fit", recorded_fit)
    quick: dict[str, dict[str, tuple[Setting, ...]]] = {
        "dnn": {"max_epochs": (2,)},
        "random_forest": {"n_estimators": (2,)},
    }
    table = bank_table(300)
    train(Plan("default", model_type, quick.get(model_type, {}), balance="smote", folds=3), table, lambda _, __: None)
    real = set(table.frame["income"])
    assert len(sampled) == 4
    for fold in range(3):
        assert scored[fold] <= real
        assert not scored[fold] & sampled[fold]
    assert set().union(*sampled) <= real
    for before, lesson in zip(sampled, stopping, strict=True):
        assert lesson.defaulted.sum() * 2 == len(lesson.defaulted) > len(before)
        assert lesson.stops == module.STOPS_EARLY
    if model_type in ("xgboost", "lightgbm"):
        assert all(not set(lesson.stop_rows[:, 0]) & before for before, lesson in zip(sampled, stopping, strict=True))
        assert all(set(lesson.stop_rows[:, 0]) <= real for lesson in stopping)
