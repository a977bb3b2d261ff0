import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from evaluation.figures import METRICS, figures
from evaluation.folds import fold_scores, stratified_folds
from laboratory.plan import CostWeights


@given(st.lists(st.integers(0, 1), min_size=2, max_size=200), st.integers(2, 10), st.integers(0, 5))
def test_folds_have_equal_sizes_and_equal_shares_of_defaults(outcomes: list[int], folds: int, seed: int) -> None:
    folds = min(folds, len(outcomes))
    fold = stratified_folds(outcomes, folds, seed)
    for chosen in (np.ones(len(outcomes), dtype=bool), np.array(outcomes) == 1, np.array(outcomes) == 0):
        sizes = np.bincount(fold[chosen], minlength=folds)
        assert sizes.max() - sizes.min() <= 1


def test_scores_are_those_of_each_folds_rows() -> None:
    generator = np.random.default_rng(2)
    pd = generator.random(300)
    outcomes = (generator.random(300) < pd).astype(float)
    found = fold_scores(outcomes, pd, threshold=0.4, weights=CostWeights(), folds=4, seed=7)
    fold = stratified_folds(outcomes, 4, 7)
    wanted = [roc_auc_score(outcomes[fold == each], pd[fold == each]) for each in range(4)]
    assert tuple(found) == tuple(figures(outcomes, pd, 0.4, CostWeights()))
    assert set(found) == set(METRICS)
    assert found["auc_roc"].folds == pytest.approx(wanted, abs=1e-9)
    assert found["auc_roc"].mean == pytest.approx(np.mean(wanted))
    assert found["auc_roc"].deviation == pytest.approx(np.std(wanted, ddof=1))


def test_a_fold_that_cannot_say_a_figure_is_left_out_of_its_mean() -> None:
    found = fold_scores([1, 0, 0, 0], [0.9, 0.1, 0.2, 0.3], threshold=0.5, weights=CostWeights(), folds=2)
    assert sorted(each is None for each in found["auc_roc"].folds) == [False, True]
    assert (found["auc_roc"].mean, found["auc_roc"].deviation) == (1.0, None)


@pytest.mark.parametrize("folds", [1, 5])
def test_more_folds_than_rows_or_fewer_than_two_are_an_error(folds: int) -> None:
    with pytest.raises(ValueError, match="2 to 4 folds"):
        stratified_folds([0, 1, 0, 1], folds)
